//! Isolates the rows that a table refuses by bisecting a batch.
//!
//! A database reports one refused row by failing the whole statement. The transaction is then
//! started again, and what is inserted is halved until each refused row stands alone: about
//! `2 * log2(rows)` statements for each of them, each under a savepoint. A batch without a refused
//! row never comes here.

use pipeline_domain::row::Row;
use pipeline_domain::source::Source;

use super::batch::{Insertions, RowBatch};

/// The result of inserting some rows together.
pub(crate) enum Attempt {
    /// All were inserted, except those whose ids existed; these are the new ids.
    Inserted(Vec<i64>),
    /// One of the rows was refused, for this reason; none was inserted.
    Refused(String),
}

/// Inserts rows under a savepoint.
pub(crate) trait InsertRows {
    /// Inserts all of the rows or none of them.
    async fn insert(&mut self, source: Source, rows: &[&Row]) -> Result<Attempt, sqlx::Error>;
}

/// Inserts all rows except those that the tables refuse.
pub(crate) async fn insert_accepted<I: InsertRows>(
    tables: &mut I,
    batch: &RowBatch<'_>,
) -> Result<Insertions, sqlx::Error> {
    let mut insertions = Insertions::default();
    for source in batch.sources() {
        let mut pending = vec![batch.firsts(source).to_vec()];
        while let Some(mut indices) = pending.pop() {
            match tables.insert(source, &batch.rows(&indices)).await? {
                Attempt::Inserted(ids) => insertions.inserted[source.index()].extend(ids),
                Attempt::Refused(reason) => {
                    if let [index] = indices[..] {
                        insertions.refused.insert(index, reason);
                        pending.extend(batch.next_of_id(index).map(|next| vec![next]));
                        continue;
                    }
                    let second = indices.split_off(indices.len() / 2);
                    pending.extend([second, indices]);
                }
            }
        }
    }
    Ok(insertions)
}
