//! Decodes image files within limits.

use std::io::Cursor;

use compute_domain::MediaType;
use compute_ports::{Input, ProcessError};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::jpeg;

/// Maximum size of an image file in bytes.
const FILE_LIMIT: usize = 64 << 20;
/// Maximum number of pixels: a small file can contain many of one colour.
const PIXEL_LIMIT: u64 = 40_000_000;
/// Memory that decoding may take, in bytes: up to 64 bits per pixel.
const MEMORY_LIMIT: u64 = 8 * PIXEL_LIMIT;

/// What an image may be, in a sentence.
pub(crate) fn limits() -> String {
    format!(
        "An image has at most {} MiB and {} million pixels; a JPEG is turned as its EXIF data say.",
        FILE_LIMIT >> 20,
        PIXEL_LIMIT / 1_000_000
    )
}

/// Decodes the image of an input, upright: a JPEG is turned as its EXIF data say.
pub(crate) fn image(input: &mut Input) -> Result<DynamicImage, ProcessError> {
    let format = match input.media_type {
        MediaType::Png => ImageFormat::Png,
        MediaType::Jpeg => ImageFormat::Jpeg,
        other => {
            return Err(ProcessError::data(format!(
                "{other} is not an image; expected image/png or image/jpeg"
            )));
        }
    };
    let name = input.media_type;
    let bytes = input.bytes(FILE_LIMIT)?;
    let broken = |error: ImageError| {
        ProcessError::data(format!("the file is not a usable {name} image: {error}"))
    };
    let reader = || {
        let mut reader = ImageReader::with_format(Cursor::new(&bytes), format);
        let mut limits = Limits::default();
        limits.max_alloc = Some(MEMORY_LIMIT);
        reader.limits(limits);
        reader
    };
    let mut head = reader().into_decoder().map_err(broken)?;
    let (width, height) = head.dimensions();
    if u64::from(width) * u64::from(height) > PIXEL_LIMIT {
        return Err(ProcessError::data(format!(
            "the image is {width} x {height} pixels; at most {} million pixels are allowed",
            PIXEL_LIMIT / 1_000_000
        )));
    }
    let orientation = match format {
        ImageFormat::Jpeg => head.orientation().map_err(broken)?,
        _ => Orientation::NoTransforms,
    };
    drop(head);
    if format == ImageFormat::Jpeg && !jpeg::has_end(&bytes) {
        let why = "the file is not a usable image/jpeg image: it is truncated (its end-of-image \
                   marker is missing); send the whole file again";
        return Err(ProcessError::data(why));
    }
    let mut image = reader().decode().map_err(broken)?;
    // May copy the image. A JPEG has at most 32 bits per pixel, so both fit into the memory limit.
    image.apply_orientation(orientation);
    Ok(image)
}
