//! The two reports, as JSON, CSV, HTML or SVG.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, VARY};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use platform_http::{ApiError, whole_number};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warehouse_application::report::{DEFAULT_YEAR, YEARS};

use crate::report_csv::{departments_csv, quarters_csv};
use crate::{RestState, error};

/// The page contains its own script; it may load nothing and access no other page of this server.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
                      img-src data: blob:; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; sandbox allow-scripts allow-downloads";

/// Which year is reported.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportQuery {
    /// 1 to 9999.
    #[param(value_type = u16, required = false, minimum = 1, maximum = 9999, default = 2021)]
    year: Option<String>,
}

impl ReportQuery {
    /// # Errors
    /// If it is no year.
    pub(crate) fn year(&self) -> Result<u16, ApiError> {
        let year = self.year.as_deref();
        year.map_or(Ok(DEFAULT_YEAR), |text| whole_number("year", text, &YEARS))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
    Html,
    Svg,
}

const FORMS: [(&str, Form); 4] = [
    ("application/json", Form::Json),
    ("text/csv", Form::Csv),
    ("text/html", Form::Html),
    ("image/svg+xml", Form::Svg),
];

/// The client's preferred form by quality value; JSON if it accepts anything.
fn form(request: &HttpRequest) -> Result<Form, ApiError> {
    let accepted = request.headers().get_all(ACCEPT);
    let accepted: Vec<&str> = accepted.filter_map(|value| value.to_str().ok()).collect();
    let accepted = accepted.join(",");
    if accepted.trim().is_empty() {
        return Ok(Form::Json);
    }
    let mut best: Option<(f32, Form)> = None;
    for range in accepted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(1.0, |quality| quality.parse().unwrap_or(0.0));
        let known = FORMS.iter().find(|(known, _)| {
            name == *known
                || name == "*/*"
                || name
                    .strip_suffix("/*")
                    .is_some_and(|kind| known.split('/').next() == Some(kind))
        });
        if let Some((_, form)) = known
            && quality > best.map_or(0.0, |(best, _)| best)
        {
            best = Some((quality, *form));
        }
    }
    best.map(|(_, form)| form).ok_or_else(|| {
        let names = FORMS.map(|(name, _)| name).join(", ");
        let detail = format!("invalid Accept; expected one of {names}");
        ApiError::new(StatusCode::NOT_ACCEPTABLE, detail)
    })
}

fn answer(form: Form, content: String) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    let media_type = match form {
        Form::Json => "application/json",
        Form::Csv => "text/csv; charset=utf-8; header=present",
        Form::Html => "text/html; charset=utf-8",
        Form::Svg => "image/svg+xml",
    };
    if form == Form::Html {
        answer.insert_header((CONTENT_SECURITY_POLICY, POLICY));
    }
    answer
        .content_type(media_type)
        .insert_header((VARY, "Accept"))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .body(content)
}

fn json(year: u16, rows: impl Serialize) -> String {
    serde_json::json!({"year": year, "rows": rows}).to_string()
}

/// A line of the first report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuarterLine {
    /// The department's name.
    department: String,
    /// The job's name.
    job: String,
    /// Hires from January to March.
    #[serde(rename = "Q1")]
    q1: u64,
    /// Hires from April to June.
    #[serde(rename = "Q2")]
    q2: u64,
    /// Hires from July to September.
    #[serde(rename = "Q3")]
    q3: u64,
    /// Hires from October to December.
    #[serde(rename = "Q4")]
    q4: u64,
}

/// The first report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuarterReport {
    /// The year.
    year: u16,
    /// By department, then job.
    rows: Vec<QuarterLine>,
}

/// Hires by department, job and quarter
///
/// Employees whose department or job does not exist are in no line.
#[utoipa::path(
    get,
    path = "/reports/req1",
    operation_id = "hires_by_quarter",
    tag = "reports",
    params(ReportQuery),
    responses(
        (status = 200, description = "As the Accept header asks; HTML is a heat map that needs no network.",
            content((QuarterReport = "application/json"), (String = "text/csv"), (String = "text/html"), (String = "image/svg+xml"))),
        (status = 400, description = "The year is out of range.", body = platform_http::ErrorBody),
        (status = 404, description = "The dictionary has no HR tables.", body = platform_http::ErrorBody),
        (status = 406, description = "None of these is accepted.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn quarters(
    state: Data<RestState>,
    request: HttpRequest,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, ApiError> {
    let (form, year) = (form(&request)?, query.year()?);
    let warehouse = state.warehouse.clone();
    let work = async move { warehouse.hires_by_quarter(year).await };
    let lines = state.run(work).await?.map_err(error::report)?;
    Ok(answer(
        form,
        match form {
            Form::Csv => quarters_csv(&lines),
            Form::Html => state.charts.quarters_page(year, &lines),
            Form::Svg => state.charts.quarters_picture(year, &lines),
            Form::Json => {
                let rows: Vec<_> = lines
                    .into_iter()
                    .map(|line| {
                        let [q1, q2, q3, q4] = line.hired;
                        QuarterLine {
                            department: line.department,
                            job: line.job,
                            q1,
                            q2,
                            q3,
                            q4,
                        }
                    })
                    .collect();
                json(year, rows)
            }
        },
    ))
}

/// A line of the second report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DepartmentLine {
    /// The department's id.
    id: i32,
    /// Its name.
    department: String,
    /// Hires of the year.
    hired: u64,
}

/// The second report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DepartmentReport {
    /// The year.
    year: u16,
    /// Most hires first.
    rows: Vec<DepartmentLine>,
}

/// Departments that hired more than the mean of all departments
#[utoipa::path(
    get,
    path = "/reports/req2",
    operation_id = "departments_above_mean",
    tag = "reports",
    params(ReportQuery),
    responses(
        (status = 200, description = "As the Accept header asks; HTML shows bars and needs no network.",
            content((DepartmentReport = "application/json"), (String = "text/csv"), (String = "text/html"), (String = "image/svg+xml"))),
        (status = 400, description = "The year is out of range.", body = platform_http::ErrorBody),
        (status = 404, description = "The dictionary has no HR tables.", body = platform_http::ErrorBody),
        (status = 406, description = "None of these is accepted.", body = platform_http::ErrorBody),
    )
)]
pub(crate) async fn departments(
    state: Data<RestState>,
    request: HttpRequest,
    query: Query<ReportQuery>,
) -> Result<HttpResponse, ApiError> {
    let (form, year) = (form(&request)?, query.year()?);
    let warehouse = state.warehouse.clone();
    let work = async move { warehouse.departments_above_mean(year).await };
    let lines = state.run(work).await?.map_err(error::report)?;
    Ok(answer(
        form,
        match form {
            Form::Csv => departments_csv(&lines),
            Form::Html => state.charts.departments_page(year, &lines),
            Form::Svg => state.charts.departments_picture(year, &lines),
            Form::Json => {
                let rows: Vec<_> = lines
                    .into_iter()
                    .map(|line| DepartmentLine {
                        id: line.id,
                        department: line.department,
                        hired: line.hired,
                    })
                    .collect();
                json(year, rows)
            }
        },
    ))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_form_is_what_the_client_accepts_most() {
        for (accept, expected) in [
            ("", Some(Form::Json)),
            ("*/*", Some(Form::Json)),
            ("text/csv", Some(Form::Csv)),
            ("text/*", Some(Form::Csv)),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Some(Form::Html),
            ),
            (
                "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
                Some(Form::Svg),
            ),
            ("application/json;q=0.1, TEXT/CSV;q=0.9", Some(Form::Csv)),
            ("application/pdf", None),
            ("text/csv;q=0", None),
        ] {
            let request = TestRequest::default()
                .insert_header((ACCEPT, accept))
                .to_http_request();
            assert_eq!(form(&request).ok(), expected, "{accept}");
        }
    }
}
