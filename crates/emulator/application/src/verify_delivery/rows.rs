//! Verifies rows of tables: objects of a run that are tables, and tables that a pipeline made of
//! its records.

use emulator_domain::record::{Envelope, Field, FoundColumn, Schema};
use emulator_domain::verification::{
    Damage, RecordLocation, RowPart, RowVerifier, TableRows, Verdict, Verification,
};
use emulator_ports::{TableColumn, TableError, TableReader};

use super::{Delivered, Progress, VerifyError};

/// Columns, by the part of a record that they hold.
pub(super) struct RowColumns {
    pub(super) parts: Vec<RowPart>,
    pub(super) columns: Vec<TableColumn>,
}

impl RowColumns {
    /// All columns that a run writes, each under its own name.
    pub(super) fn all(run: &Delivered, envelope: Envelope) -> Self {
        let around = match envelope {
            Envelope::None => &[],
            Envelope::Emulation => Schema::envelope(),
        };
        let parts = [RowPart::Emulation, RowPart::Time];
        let around = parts.into_iter().zip(around);
        let fields = run.plan.dataset().schema().fields();
        let fields = (0..).map(RowPart::Field).zip(fields);
        let (parts, columns) = around
            .chain(fields)
            .map(|(part, field)| {
                let name = field.name.to_string();
                let field = field.clone();
                (part, TableColumn { name, field })
            })
            .unzip();
        Self { parts, columns }
    }

    /// The same with renamed fields; fields without a name are left out.
    pub(super) fn renamed(
        mut self,
        names: &[(String, Option<String>)],
    ) -> Result<Self, VerifyError> {
        for (field, name) in names {
            let position = self
                .columns
                .iter()
                .position(|column| column.field.name == **field);
            let Some(position) = position else {
                return Err(VerifyError::UnknownField {
                    field: field.clone(),
                    fields: self
                        .columns
                        .iter()
                        .map(|column| column.field.name.to_string())
                        .collect(),
                });
            };
            match name {
                Some(name) => self.columns[position].name.clone_from(name),
                None => {
                    self.columns.remove(position);
                    self.parts.remove(position);
                }
            }
        }
        Ok(self)
    }
}

/// Turns rows into the report.
pub(super) struct RowRun<'p> {
    verifier: RowVerifier,
    pub(super) columns: Vec<TableColumn>,
    parts: Vec<RowPart>,
    pub(super) verification: Verification,
    progress: &'p (dyn Fn(Progress) + Sync),
    of: u64,
    read: u64,
}

impl<'p> RowRun<'p> {
    pub(super) fn new(
        run: &Delivered,
        unacknowledged: u64,
        names: &[(String, Option<String>)],
        progress: &'p (dyn Fn(Progress) + Sync),
    ) -> Result<Self, VerifyError> {
        let envelope = run.plan.dataset().envelope();
        let RowColumns { parts, columns } = RowColumns::all(run, envelope).renamed(names)?;
        let verifier = RowVerifier::new(&run.plan, run.id.get(), parts.clone());
        let verifier = verifier.map_err(|fields| VerifyError::NoId { fields })?;
        let names = columns.iter().map(|column| column.field.name.to_string());
        Ok(Self {
            verifier,
            verification: Verification::new(run.generated, unacknowledged)
                .of_planned(run.expected())
                .of_deliveries(run.plan.deliveries().cloned())
                .of_columns(names.collect()),
            columns,
            parts,
            progress,
            of: run.generated,
            read: 0,
        })
    }

    /// Reads a table to its end. For a missing column, `constant` gives the value.
    pub(super) async fn read(
        &mut self,
        reader: &mut dyn TableReader,
        place: &mut RecordLocation,
        constant: impl Fn(&str) -> Option<Option<String>>,
    ) -> Result<(), VerifyError> {
        let present = reader.present();
        let constants: Vec<_> = self
            .columns
            .iter()
            .zip(&present)
            .map(|(column, there)| (!there).then(|| constant(&column.name)).flatten())
            .collect();
        self.require(&present, &constants, &place.name)?;
        let mut rows = TableRows::default();
        let mut position = 0;
        loop {
            match reader.next(&mut rows).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(TableError::Unreadable(error)) => return Err(error.into()),
                Err(TableError::Damaged(why)) => {
                    tracing::warn!(why, "a table is damaged; the rest of it is not read");
                    place.damaged(Damage::Block);
                    return Ok(());
                }
            }
            for ((column, value), at) in self.columns.iter().zip(&constants).zip(0..) {
                if let Some(value) = value {
                    rows.columns[at] = filled(&column.field, value.as_deref(), rows.len);
                }
            }
            let verification = &mut self.verification;
            self.verifier.inspect(&rows, |verdict, columns| {
                verification.note(place, verdict, position);
                if let Verdict::Corrupt(index) = verdict {
                    verification.note_columns(columns, index);
                }
                position += 1;
            });
            self.read += rows.len as u64;
            (self.progress)(Progress {
                read: self.read,
                of: self.of,
            });
        }
    }

    /// Requires columns for all fields of the record; those of the envelope are optional.
    fn require(
        &self,
        present: &[bool],
        constants: &[Option<Option<String>>],
        place: &str,
    ) -> Result<(), VerifyError> {
        let columns = self.columns.iter().zip(&self.parts);
        let missing = columns
            .zip(present.iter().zip(constants))
            .filter(|((_, part), (there, constant))| {
                matches!(part, RowPart::Field(_)) && !**there && constant.is_none()
            })
            .map(|((column, _), _)| column.name.clone());
        let missing: Vec<_> = missing.collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(VerifyError::Columns {
                place: place.to_owned(),
                missing,
            }),
        }
    }
}

/// A column with a single value.
fn filled(
    field: &Field,
    value: Option<&str>,
    len: usize,
) -> Option<emulator_domain::record::Column> {
    let mut found = FoundColumn::new(field)?;
    for _ in 0..len {
        match value {
            Some(text) => found.push_text(text),
            None => found.push_null(),
        }
    }
    Some(found.into_column())
}
