//! The registry over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use emulator_ports::{
    DestinationError, DestinationErrorKind, SchemaId, SchemaLanguage, SchemaRegistry,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::difference;
use crate::{Login, RegistryConfig, RegistryConfigError};

/// How long the registry may take to respond.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// Maximum size of a response that is read; schemas are far shorter.
const READ: usize = 4 << 20;
/// Maximum length of a response, or of a difference between schemas, in messages.
const SHOWN: usize = 300;
const DIFFERENCES: usize = 2_000;

/// A registry with Confluent's API. Clones share their connections.
#[derive(Clone, Debug)]
pub struct HttpRegistry {
    client: Client,
    url: String,
    login: Option<Login>,
    json: bool,
}

struct Answer {
    status: StatusCode,
    body: Value,
}

impl Answer {
    fn new(status: StatusCode, text: &[u8]) -> Self {
        // A body that is not JSON is shown as it came.
        let body = serde_json::from_slice(text)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(text).into_owned()));
        Self { status, body }
    }

    fn id(&self) -> Option<SchemaId> {
        let id = self.body["id"].as_u64()?;
        u32::try_from(id).ok().map(SchemaId)
    }
}

impl HttpRegistry {
    /// Creates the client; sends nothing yet.
    ///
    /// # Errors
    /// If the configuration is unusable.
    pub fn new(config: &RegistryConfig) -> Result<Self, RegistryConfigError> {
        platform_runtime::tls::install_provider();
        // A redirect would send the credentials to a host that nobody configured.
        let mut client = Client::builder()
            .timeout(ANSWER_TIME)
            .redirect(Policy::none());
        if let Some(path) = &config.ca_file {
            let refused = |why: String| RegistryConfigError::Certificates(path.clone(), why);
            let pem = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
            let certificates =
                Certificate::from_pem_bundle(&pem).map_err(|error| refused(error.to_string()))?;
            client = client.tls_certs_merge(certificates);
        }
        Ok(Self {
            client: client.build().map_err(RegistryConfigError::Client)?,
            url: config.parsed()?,
            login: config.login.clone(),
            json: config.json,
        })
    }

    fn error(&self, kind: DestinationErrorKind, why: impl std::fmt::Display) -> DestinationError {
        let message = format!("the schema registry {} {why}", self.url);
        DestinationError::new(kind, message)
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, DestinationError> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        request = match &self.login {
            None => request,
            Some(Login::Basic { username, password }) => {
                request.basic_auth(username, Some(password.expose_secret()))
            }
            Some(Login::Token(token)) => request.bearer_auth(token.expose_secret()),
        };
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                .body(body.to_string());
        }
        let answered = async {
            let mut answer = request.send().await?;
            let mut text = Vec::new();
            while text.len() < READ
                && let Some(piece) = answer.chunk().await?
            {
                text.extend_from_slice(&piece);
            }
            Ok((answer.status(), text))
        };
        let (status, text) = answered.await.map_err(|error: reqwest::Error| {
            let why = "does not answer: check SCHEMA_REGISTRY_URL, and that it runs there";
            self.error(DestinationErrorKind::Unreachable, why)
                .caused_by(error.without_url())
        })?;
        Ok(Answer::new(status, &text))
    }

    /// The error for an unexpected response.
    fn refusal(&self, answer: &Answer, tried: &str) -> DestinationError {
        use DestinationErrorKind::{Forbidden, NotFound, Refused, Unauthenticated, Unreachable};
        let (kind, advice) = match answer.status {
            StatusCode::UNAUTHORIZED => (
                Unauthenticated,
                ": check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD, or \
                 SCHEMA_REGISTRY_TOKEN",
            ),
            StatusCode::FORBIDDEN => (Forbidden, ": the user may not do that"),
            StatusCode::NOT_FOUND => (
                NotFound,
                ": check the path of SCHEMA_REGISTRY_URL; Apicurio has the API at \
                 /apis/ccompat/v7",
            ),
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                (Unreachable, "")
            }
            _ => (Refused, ""),
        };
        let said = match answer.body["message"].as_str() {
            Some(message) => message.to_owned(),
            None => answer.body.to_string(),
        };
        let said: String = said.chars().take(SHOWN).collect();
        let why = format!("answered {} when {tried}: {said}{advice}", answer.status);
        self.error(kind, why)
    }

    /// Rejects a schema that is incompatible with the subject's latest one, and says why.
    async fn check(&self, subject: &str, schema: &Value) -> Result<(), DestinationError> {
        let path = format!("/compatibility/subjects/{subject}/versions/latest?verbose=true");
        let answer = self.ask(Method::POST, &path, Some(schema)).await?;
        match answer.status {
            // The subject is new.
            StatusCode::NOT_FOUND => return Ok(()),
            StatusCode::OK => {}
            _ => {
                let tried = format!("asked whether the schema of '{subject}' may change");
                return Err(self.refusal(&answer, &tried));
            }
        }
        if answer.body["is_compatible"] != Value::Bool(false) {
            return Ok(());
        }
        Err(self
            .incompatible(subject, schema, &answer.body["messages"])
            .await)
    }

    async fn incompatible(
        &self,
        subject: &str,
        schema: &Value,
        messages: &Value,
    ) -> DestinationError {
        let path = format!("/subjects/{subject}/versions/latest");
        let latest = self.ask(Method::GET, &path, None).await.ok();
        let why = differences(latest.as_ref(), schema, messages);
        let why = format!(
            "has another schema for '{subject}' that this one is not compatible with: {why}. \
             Choose another destination, or another level of compatibility for the subject"
        );
        self.error(DestinationErrorKind::Refused, why)
    }
}

/// How the schema differs from the registered one; if that cannot be determined, what the registry
/// says about it.
fn differences(latest: Option<&Answer>, schema: &Value, messages: &Value) -> String {
    let registered = latest.and_then(|answer| {
        let text = answer.body["schema"].as_str()?;
        difference::of_avro(text, schema["schema"].as_str()?)
    });
    let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
    let messages: Vec<_> = messages.iter().filter_map(Value::as_str).collect();
    let told = registered.unwrap_or_else(|| messages.join("; "));
    told.chars().take(DIFFERENCES).collect()
}

/// The body of a request.
fn request(language: SchemaLanguage, schema: &str) -> Value {
    match language {
        // The default type, whose name some registries do not know.
        SchemaLanguage::Avro => json!({"schema": schema}),
        SchemaLanguage::Proto => json!({"schema": schema, "schemaType": "PROTOBUF"}),
        SchemaLanguage::JsonSchema => json!({"schema": schema, "schemaType": "JSON"}),
        // The registry will respond that it does not know this type.
        SchemaLanguage::Sql | SchemaLanguage::Arrow => {
            json!({"schema": schema, "schemaType": language.name()})
        }
    }
}

#[async_trait]
impl SchemaRegistry for HttpRegistry {
    fn is_for_json(&self) -> bool {
        self.json
    }

    async fn register(
        &self,
        subject: &str,
        language: SchemaLanguage,
        schema: &str,
    ) -> Result<SchemaId, DestinationError> {
        if let Some(known) = self.find(subject, language, schema).await? {
            return Ok(known);
        }
        let schema = request(language, schema);
        self.check(subject, &schema).await?;
        let path = format!("/subjects/{subject}/versions");
        let answer = self.ask(Method::POST, &path, Some(&schema)).await?;
        if answer.status == StatusCode::CONFLICT {
            return Err(self.incompatible(subject, &schema, &Value::Null).await);
        }
        let tried = format!("a schema was registered for '{subject}'");
        match answer.id().filter(|_| answer.status.is_success()) {
            Some(id) => Ok(id),
            None => Err(self.refusal(&answer, &tried)),
        }
    }

    async fn find(
        &self,
        subject: &str,
        language: SchemaLanguage,
        schema: &str,
    ) -> Result<Option<SchemaId>, DestinationError> {
        let path = format!("/subjects/{subject}");
        let schema = request(language, schema);
        let answer = self.ask(Method::POST, &path, Some(&schema)).await?;
        // The codes distinguish a missing subject or schema from a wrong path.
        let code = answer.body["error_code"].as_u64();
        if answer.status == StatusCode::NOT_FOUND && code.is_some_and(|code| code > 40_000) {
            return Ok(None);
        }
        let tried = format!("the schema of '{subject}' was looked up");
        match answer.id().filter(|_| answer.status.is_success()) {
            Some(id) => Ok(Some(id)),
            None => Err(self.refusal(&answer, &tried)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    const ANSWERS: [&str; 4] = [
        r#"{"id": 7, "schema": "{\"fields\": [{\"name\": \"id\", \"type\": [\"null\", \"long\"]}]}"}"#,
        r#"{"error_code": 40401, "message": "Subject not found"}"#,
        r#"{"is_compatible": false, "messages": ["READER_FIELD_MISSING_DEFAULT_VALUE", "b"]}"#,
        "<html><body>502 Bad Gateway</body></html>",
    ];

    static REGISTRY: LazyLock<HttpRegistry> = LazyLock::new(|| {
        let config = RegistryConfig {
            url: "http://127.0.0.1:1".to_owned(),
            login: None,
            ca_file: None,
            json: true,
        };
        HttpRegistry::new(&config).unwrap()
    });

    fn told(answer: &Answer) -> [String; 2] {
        let schema = request(SchemaLanguage::Avro, r#"{"fields": []}"#);
        let refusal = REGISTRY.refusal(answer, "a test asked");
        let why = differences(Some(answer), &schema, &answer.body["messages"]);
        [refusal.chain(), why]
    }

    proptest! {
        #[test]
        fn an_answer_that_was_changed_is_an_id_or_a_short_text(
            answer in prop::sample::select(&ANSWERS[..]),
            status in 200_u16..600,
            at: prop::sample::Index,
            bytes in prop::collection::vec(any::<u8>(), 0..4),
            cut in any::<bool>(),
        ) {
            let mut text = answer.as_bytes().to_vec();
            let at = at.index(text.len());
            let end = if cut { text.len() } else { (at + bytes.len()).min(text.len()) };
            text.splice(at..end, bytes);
            let answer = Answer::new(StatusCode::from_u16(status).unwrap(), &text);
            let _ = answer.id();
            for told in told(&answer) {
                prop_assert!(told.len() < 1_000, "{told}");
            }
        }
    }

    #[test]
    fn of_a_long_answer_the_beginning_is_told() {
        let long = "x".repeat(1 << 20);
        let fields: Vec<_> = (0..100_000)
            .map(|field| json!({"name": format!("f{field}"), "type": "int"}))
            .collect();
        let schema = json!({"fields": fields}).to_string();
        for body in [
            json!({"message": &long}),
            json!({"messages": [&long, &long]}),
            json!({"schema": schema}),
        ] {
            let text = body.to_string();
            for told in told(&Answer::new(StatusCode::CONFLICT, text.as_bytes())) {
                assert!(told.len() < 3_000, "{}", told.len());
            }
        }
    }
}
