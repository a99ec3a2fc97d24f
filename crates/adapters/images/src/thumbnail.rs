//! Scales images down.

use std::io::{Cursor, Write};

use compute_domain::{Field, MediaType, ServiceDescription, ServiceDraft, Tag};
use compute_ports::{ProcessError, Processor, Work};
use image::ImageFormat;
use serde::Deserialize;

use crate::decode;

/// Scales an image down to fit into a frame, keeping its aspect ratio.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImageThumbnail;

/// Maximum size of the options in bytes.
const OPTIONS_LIMIT: usize = 64 * 1024;
/// Maximum length of a frame's sides, in pixels.
const MAX_SIDE: u32 = 4096;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Options {
    width: u32,
    height: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width: 128,
            height: 128,
        }
    }
}

impl Processor for ImageThumbnail {
    fn description(&self) -> ServiceDescription {
        ServiceDescription::parse(ServiceDraft {
            name: "Image thumbnail".to_owned(),
            slug: "image-thumbnail".to_owned(),
            summary: "Makes an image smaller, so that it fits into a frame.".to_owned(),
            description: format!(
                "The options are a JSON object with `width` and `height` of the frame, 1 to \
                 {MAX_SIDE} pixels each; both are 128 if absent, so `{{}}` will do. Proportions \
                 stay, and a smaller image stays as it is. {}",
                decode::limits()
            ),
            data_in: vec![
                Field::new("image", &[MediaType::Png, MediaType::Jpeg]),
                Field::new("options", &[MediaType::Json]),
            ],
            data_out: vec![Field::new("thumbnail", &[MediaType::Png])],
            tags: vec![Tag::ImageProcessing],
            has_ai: false,
        })
        .expect("the description is one that engines take")
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        let options = work.inputs[1].text(OPTIONS_LIMIT)?;
        let options = parse(&options).map_err(|error| {
            ProcessError::data(format!(
                "the options cannot be used ({error}); expected a JSON object such as \
                 {{\"width\": 128, \"height\": 128}}"
            ))
        })?;
        for (name, side) in [("width", options.width), ("height", options.height)] {
            if !(1..=MAX_SIDE).contains(&side) {
                return Err(ProcessError::data(format!(
                    "{name}: got {side}; expected 1 to {MAX_SIDE} pixels"
                )));
            }
        }
        let image = decode::image(&mut work.inputs[0])?;
        let fits = image.width() <= options.width && image.height() <= options.height;
        let thumbnail = if fits {
            image
        } else {
            image.thumbnail(options.width, options.height)
        };
        let mut png = Cursor::new(Vec::new());
        thumbnail
            .write_to(&mut png, ImageFormat::Png)
            .map_err(|error| {
                ProcessError::data(format!("the thumbnail cannot be written as PNG: {error}"))
            })?;
        work.output(MediaType::Png)?.write_all(png.get_ref())?;
        Ok(())
    }
}

/// Parses an object only: a derived `Deserialize` would also accept an array of the fields in
/// order.
fn parse(text: &str) -> Result<Options, serde_json::Error> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)?;
    serde_json::from_value(object.into())
}
