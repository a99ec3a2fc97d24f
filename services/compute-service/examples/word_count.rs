//! A complete service that counts the words of a text. docs/how-to/write-a-processor.md explains
//! it.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use compute_service::{
    Field, MediaType, ProcessError, Processor, ServiceDescription, ServiceDraft, Tag, Work,
};

struct WordCount;

impl Processor for WordCount {
    fn description(&self) -> ServiceDescription {
        ServiceDescription::parse(ServiceDraft {
            name: "Word count".to_owned(),
            slug: "word-count".to_owned(),
            summary: "Counts the words of a text.".to_owned(),
            description: "Words are separated by white space.".to_owned(),
            data_in: vec![Field::new("text", &[MediaType::Text])],
            data_out: vec![Field::new("count", &[MediaType::Json])],
            tags: vec![Tag::NaturalLanguageProcessing],
            has_ai: false,
        })
        .expect("engines take it")
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        let text = work.inputs[0].text(10 << 20)?;
        let words = text.split_whitespace().count();
        write!(work.output(MediaType::Json)?, "{{\"words\": {words}}}")?;
        Ok(())
    }
}

fn main() -> ExitCode {
    compute_service::run(&[Arc::new(WordCount)])
}

#[cfg(test)]
mod tests {
    use compute_service::process_in_memory;

    use super::*;

    #[test]
    fn words_are_counted() {
        let text = (MediaType::Text, b"one  two\nthree".to_vec());
        let out = process_in_memory(&WordCount, vec![text]);
        let out = out.expect("it is a text");
        assert_eq!(out, [(MediaType::Json, br#"{"words": 3}"#.to_vec())]);
    }
}
