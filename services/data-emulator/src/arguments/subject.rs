//! What to emulate.

use std::path::{Path, PathBuf};

use adapter_models::Syntax;
use emulator_domain::{Domain, InvalidValue, listed, nearest};

/// The subject of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A built-in domain.
    Domain(Domain),
    /// Streams of a model.
    Model {
        /// The file that describes it.
        file: PathBuf,
        /// Which one; `None` for all of them.
        stream: Option<String>,
    },
}

impl Subject {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let is_model = |file: &str| {
            adapter_models::is_builtin(file) || Syntax::of_path(Path::new(file)).is_some()
        };
        match (text.parse::<Domain>(), text.rsplit_once(':')) {
            (Ok(domain), _) => Ok(Self::Domain(domain)),
            (_, Some((file, stream))) if is_model(file) => Ok(Self::Model {
                file: file.into(),
                stream: Some(stream.to_owned()),
            }),
            _ if is_model(text) => Ok(Self::Model {
                file: text.into(),
                stream: None,
            }),
            (Err(_), _) => {
                let domains = Domain::ALL.map(Domain::name);
                let mut allowed: Vec<_> = domains.into();
                allowed.push("the world of payments, such as payments:payment");
                allowed.push("a model's file, such as shop.yaml:order");
                let error = InvalidValue::text(text, listed(&allowed));
                Err(error.meaning(nearest(text, &domains, 2)).advice())
            }
        }
    }
}
