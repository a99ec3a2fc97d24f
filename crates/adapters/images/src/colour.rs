//! The average colour of an image.

use std::io::Write;

use compute_domain::{Field, MediaType, ServiceDescription, ServiceDraft, Tag};
use compute_ports::{ProcessError, Processor, Work};

use crate::decode;

/// Computes the average colour of an image; transparent pixels count less.
#[derive(Clone, Copy, Debug, Default)]
pub struct AverageColour;

impl Processor for AverageColour {
    fn description(&self) -> ServiceDescription {
        ServiceDescription::parse(ServiceDraft {
            name: "Average colour".to_owned(),
            slug: "average-colour".to_owned(),
            summary: "Tells the colour that an image has on average.".to_owned(),
            description: format!(
                "The mean of red, green and blue over all pixels, each weighted by its opacity, as \
                 text such as `#1e90ff` and as JSON, with the size of the image. An image that is \
                 transparent everywhere has no colour, and the task fails. {}",
                decode::limits()
            ),
            data_in: vec![Field::new("image", &[MediaType::Png, MediaType::Jpeg])],
            data_out: vec![
                Field::new("colour", &[MediaType::Json]),
                Field::new("text", &[MediaType::Text]),
            ],
            tags: vec![Tag::ImageProcessing],
            has_ai: false,
        })
        .expect("the description is one that engines take")
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        let image = decode::image(&mut work.inputs[0])?;
        let (width, height) = (image.width(), image.height());
        let mut sums = [0_u64; 3];
        let mut weight = 0;
        for pixel in image.into_rgba8().pixels() {
            let [red, green, blue, opacity] = pixel.0.map(u64::from);
            for (sum, part) in sums.iter_mut().zip([red, green, blue]) {
                *sum += part * opacity;
            }
            weight += opacity;
        }
        if weight == 0 {
            let why = "the image is transparent everywhere, so it has no colour";
            return Err(ProcessError::data(why));
        }
        let [red, green, blue] = sums.map(|sum| (sum + weight / 2) / weight);
        let hex = format!("#{red:02x}{green:02x}{blue:02x}");
        let colour = serde_json::json!({
            "red": red, "green": green, "blue": blue, "hex": hex, "width": width, "height": height,
        });
        writeln!(work.output(MediaType::Json)?, "{colour}")?;
        writeln!(work.output(MediaType::Text)?, "{hex}")?;
        Ok(())
    }
}
