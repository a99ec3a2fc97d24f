//! The owners of things that routes change.

use std::fmt;

use actix_web::dev::ServiceRequest;
use async_trait::async_trait;
use platform_access::{Caller, Denied, Permission, Role};

use crate::ApiError;

/// Looks up the owners of things named in routes with [`OWN`](crate::permission::OWN).
#[async_trait]
pub trait Owners: Send + Sync {
    /// The owner of the thing that the path parameter `id` names; `None` if it does not exist.
    ///
    /// # Errors
    /// If the owner cannot be determined now.
    async fn owner(&self, id: &str) -> Result<Option<Owner>, ApiError>;
}

/// The owner of a thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The caller who started it, if known.
    pub subject: Option<String>,
    /// The team that it belongs to.
    pub team: Option<String>,
}

impl Owner {
    /// Whether a caller who is no admin may change it.
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

/// The caller, unless the thing in the request belongs to somebody else.
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
        // There is no lookup, so the thing has no owner.
        None => Some(Owner::default()),
    };
    Ok(match owner {
        Some(owner) if !owner.is(&caller) => Err(Denied::NotOwn(caller, owner.to_string())),
        _ => Ok(caller),
    })
}
