//! Compiled models of runs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use emulator_manifest::{RecordedModel, RecordedModelError};
use emulator_model::Model;

/// Maximum number of cached models.
const MOST: usize = 64;

/// Models by digest. Listing runs needs the same one again and again, and compiling a large one
/// takes a second.
#[derive(Default)]
pub(crate) struct Models(Mutex<HashMap<String, Model>>);

impl Models {
    pub(crate) fn compiled(&self, kept: &RecordedModel) -> Result<Model, RecordedModelError> {
        // Every statement leaves the map consistent, so a poisoned lock is harmless.
        let models = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = models().get(kept.digest()) {
            return Ok(model.clone());
        }
        let model = kept.compile()?;
        let mut models = models();
        if models.len() >= MOST {
            models.clear();
        }
        models.insert(kept.digest().to_owned(), model.clone());
        Ok(model)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::row;
    use super::super::tables::tests::emulation_of_a_model;
    use super::*;

    #[test]
    fn a_model_is_compiled_once_while_few_others_are_asked_for() {
        let kept = |number| {
            let run = emulation_of_a_model(number);
            let text = row::model(&run).unwrap();
            (text.digest.clone(), RecordedModel::from(text))
        };
        let models = Models::default();
        let (digest, first) = kept(1);
        let stream = |model: &Model| model.streams()[0].clone();
        let once = stream(&models.compiled(&first).unwrap());
        assert_eq!(once.model().digest, digest);
        let again = stream(&models.compiled(&first).unwrap());
        assert!(Arc::ptr_eq(&once, &again));
        for number in 2..MOST as u64 + 3 {
            let (digest, kept) = kept(number);
            assert_eq!(models.compiled(&kept).unwrap().text().digest, digest);
            assert!(models.0.lock().unwrap().len() <= MOST);
        }
    }
}
