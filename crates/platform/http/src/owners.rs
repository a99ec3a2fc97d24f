//! Whose things are.

use std::fmt;

use actix_web::dev::ServiceRequest;
use async_trait::async_trait;
use platform_access::{Caller, Denied, Permission, Role};

use crate::ApiError;

/// Knows whose things are that routes of [`OWN`](crate::permission::OWN) name.
#[async_trait]
pub trait Owners: Send + Sync {
    /// Whose the thing is that the parameter `id` of a path names; nothing if there is none.
    ///
    /// # Errors
    /// If that cannot be told now.
    async fn owner(&self, id: &str) -> Result<Option<Owner>, ApiError>;
}

/// Whose a thing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// Who has begun it, if that is known.
    pub subject: Option<String>,
    /// The team whose it is.
    pub team: Option<String>,
}

impl Owner {
    /// Whether a caller, who is no admin, may change it.
    fn is(&self, caller: &Caller) -> bool {
        let is_own = self.subject.as_deref() == Some(&*caller.subject);
        is_own || (self.team.is_some() && self.team == caller.team)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.subject, &self.team) {
            (None, None) => f.write_str("it is nobody's"),
            (Some(subject), None) => write!(f, "it is {subject}'s"),
            (None, Some(team)) => write!(f, "it is the team {team}'s"),
            (Some(subject), Some(team)) => write!(f, "it is {subject}'s and the team {team}'s"),
        }
    }
}

/// The caller, if what the request names is not somebody else's.
pub(crate) async fn own(
    owners: Option<&dyn Owners>,
    permission: Permission,
    caller: Caller,
    request: &ServiceRequest,
) -> Result<Result<Caller, Denied>, ApiError> {
    if permission != Permission::Own || caller.role == Role::Admin {
        return Ok(Ok(caller));
    }
    let id = request.match_info().get("id").unwrap_or_default();
    let owner = match owners {
        Some(owners) => owners.owner(id).await?,
        // Nobody says whose things are.
        None => Some(Owner::default()),
    };
    Ok(match owner {
        Some(owner) if !owner.is(&caller) => Err(Denied::NotOwn(caller, owner.to_string())),
        _ => Ok(caller),
    })
}
