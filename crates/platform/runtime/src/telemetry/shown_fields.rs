//! Filters the fields of spans in log lines: those that begin with `otel.` are for traces only.

use std::error::Error;
use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing_subscriber::field::{RecordFields, VisitOutput};
use tracing_subscriber::fmt::format::{JsonFields, JsonVisitor, Writer};
use tracing_subscriber::fmt::{FormatFields, FormattedFields};

fn is_shown(field: &Field) -> bool {
    !field.name().starts_with("otel.")
}

/// Passes on the fields that are not for traces only.
pub(super) struct ShownFieldsVisitor<'v>(pub(super) &'v mut dyn Visit);

macro_rules! only_shown {
    ($($record:ident($value:ty)),*) => {$(
        fn $record(&mut self, field: &Field, value: $value) {
            if is_shown(field) {
                self.0.$record(field, value);
            }
        }
    )*};
}

impl Visit for ShownFieldsVisitor<'_> {
    only_shown! {
        record_f64(f64), record_i64(i64), record_u64(u64), record_i128(i128), record_u128(u128),
        record_bool(bool), record_str(&str), record_error(&(dyn Error + 'static)),
        record_debug(&dyn Debug)
    }
}

/// Formats fields as JSON.
#[derive(Default)]
pub(super) struct ShownJson(JsonFields);

impl<'writer> FormatFields<'writer> for ShownJson {
    fn format_fields<R: RecordFields>(
        &self,
        mut writer: Writer<'writer>,
        fields: R,
    ) -> fmt::Result {
        let mut visitor = JsonVisitor::new(&mut writer);
        fields.record(&mut ShownFieldsVisitor(&mut visitor));
        visitor.finish()
    }

    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        let mut any = false;
        fields.record(&mut |field: &Field, _: &dyn Debug| any |= is_shown(field));
        if !any {
            return Ok(());
        }
        let mut known = FormattedFields::new(std::mem::take(&mut current.fields));
        self.0.add_fields(&mut known, fields)?;
        current.fields = known.fields;
        Ok(())
    }
}
