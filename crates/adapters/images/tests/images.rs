//! What comes out of images.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::io::Cursor;

use adapter_images::{AverageColour, ImageThumbnail};
use compute_domain::MediaType;
use compute_ports::{Processor, process_in_memory};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// Half one colour and half another.
fn halves(left: [u8; 4], right: [u8; 4]) -> Vec<u8> {
    let image = RgbaImage::from_fn(300, 200, |x, _| Rgba(if x < 150 { left } else { right }));
    file(image, ImageFormat::Png)
}

fn refusal(processor: &dyn Processor, inputs: Vec<(MediaType, Vec<u8>)>) -> String {
    process_in_memory(processor, inputs)
        .unwrap_err()
        .to_string()
}

#[test]
fn the_average_is_weighted_by_opacity() {
    for (left, right, hex) in [
        ([255, 0, 0, 255], [0, 0, 255, 255], "#800080"),
        ([10, 20, 30, 255], [10, 20, 30, 255], "#0a141e"),
        ([200, 100, 0, 255], [9, 9, 9, 0], "#c86400"),
    ] {
        let out =
            process_in_memory(&AverageColour, vec![(MediaType::Png, halves(left, right))]).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out[0].1).unwrap();
        assert_eq!(json["hex"], hex);
        assert_eq!(
            (&json["width"], &json["height"]),
            (&300.into(), &200.into())
        );
        assert_eq!(out[1], (MediaType::Text, format!("{hex}\n").into_bytes()));
    }
    let nothing = halves([1, 2, 3, 0], [1, 2, 3, 0]);
    assert!(refusal(&AverageColour, vec![(MediaType::Png, nothing)]).contains("transparent"));
}

#[test]
fn a_thumbnail_fits_into_its_frame_and_keeps_proportions() {
    let grey = file(GrayImage::new(300, 200), ImageFormat::Jpeg);
    for (options, expected) in [
        ("{}", (128, 85)),
        (r#"{"width": 60}"#, (60, 40)),
        (r#"{"width": 4096, "height": 4096}"#, (300, 200)),
        (r#"{"height": 1}"#, (2, 1)),
    ] {
        let inputs = vec![
            (MediaType::Jpeg, grey.clone()),
            (MediaType::Json, options.into()),
        ];
        let out = process_in_memory(&ImageThumbnail, inputs).unwrap();
        assert_eq!(out[0].0, MediaType::Png);
        let thumbnail = image::load_from_memory_with_format(&out[0].1, ImageFormat::Png).unwrap();
        assert_eq!(
            (thumbnail.width(), thumbnail.height()),
            expected,
            "{options}"
        );
    }
    for (options, says) in [
        (r#"{"width": 0}"#, "width: got 0; expected 1 to 4096"),
        (r#"{"size": 9}"#, "unknown field `size`"),
        ("[]", "expected a JSON object"),
        ("", "expected a JSON object"),
    ] {
        let inputs = vec![
            (MediaType::Jpeg, grey.clone()),
            (MediaType::Json, options.into()),
        ];
        let why = refusal(&ImageThumbnail, inputs);
        assert!(why.contains(says), "{why}");
    }
}

#[test]
fn broken_files_and_image_bombs_are_refused() {
    // The head alone says how large it is; nothing behind it is read.
    let mut bomb = file(GrayImage::new(1, 1), ImageFormat::Png);
    for (at, side) in [(16, 10_000_u32), (20, 10_000)] {
        bomb[at..at + 4].copy_from_slice(&side.to_be_bytes());
    }
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    let png = halves([1, 2, 3, 255], [1, 2, 3, 255]);
    for (media_type, bytes, says) in [
        (
            MediaType::Png,
            bomb,
            "10000 x 10000 pixels; at most 40 million",
        ),
        (MediaType::Png, Vec::new(), "not a usable image/png"),
        (
            MediaType::Png,
            png[..png.len() / 2].to_vec(),
            "not a usable image/png",
        ),
        (MediaType::Jpeg, png, "not a usable image/jpeg"),
        (MediaType::Png, b"GIF89a".to_vec(), "not a usable image/png"),
    ] {
        let why = refusal(&AverageColour, vec![(media_type, bytes)]);
        assert!(why.contains(says), "{why}");
    }
}

/// A JPEG with another segment behind its first marker.
fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, &[0xff, marker], &length, content, rest].concat()
}

#[test]
fn a_truncated_jpeg_is_refused() {
    let noise = RgbImage::from_fn(300, 200, |x, y| Rgb([x as u8, y as u8, (x * y) as u8]));
    let whole = file(noise, ImageFormat::Jpeg);
    // Like a preview, which has an end of its own.
    let preview = file(GrayImage::new(16, 16), ImageFormat::Jpeg);
    let previewed = with_segment(&whole, 0xe1, &preview);
    for jpeg in [&whole, &previewed] {
        for length in [jpeg.len() / 2, jpeg.len() - 2, jpeg.len() - 1] {
            let cut = jpeg[..length].to_vec();
            let why = refusal(&AverageColour, vec![(MediaType::Jpeg, cut.clone())]);
            assert!(why.contains("truncated"), "{why}");
            assert!(why.contains("send the whole file again"), "{why}");
            let options = (MediaType::Json, b"{}".to_vec());
            let why = refusal(&ImageThumbnail, vec![(MediaType::Jpeg, cut), options]);
            assert!(why.contains("truncated"), "{why}");
        }
    }
    // Phones append a video to a photo, which may contain any bytes.
    let appended = [&whole[..], b"more \xff\xda\x00\x02 and more"].concat();
    for jpeg in [whole, previewed, appended] {
        let out = process_in_memory(&AverageColour, vec![(MediaType::Jpeg, jpeg)]).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out[0].1).unwrap();
        assert_eq!(json["width"], 300);
    }
}

#[test]
fn a_jpeg_is_turned_as_its_exif_data_say() {
    // The left half is white.
    let image = GrayImage::from_fn(200, 100, |x, _| Luma([if x < 100 { 255 } else { 0 }]));
    let jpeg = file(image, ImageFormat::Jpeg);
    // Where the white half is then; 9 is no orientation.
    for (orientation, (width, height), white) in [
        (1, (200, 100), (0, 50)),
        (3, (200, 100), (199, 50)),
        (6, (100, 200), (50, 0)),
        (8, (100, 200), (50, 199)),
        (9, (200, 100), (0, 50)),
    ] {
        // TIFF with one entry: tag 0x0112, one number of 16 bits.
        let entry = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
        let tiff = [&b"II*\0\x08\0\0\0\x01\0"[..], &entry, &[0; 4]].concat();
        let turned = with_segment(&jpeg, 0xe1, &[&b"Exif\0\0"[..], &tiff].concat());
        let thumbnail = |options: &str| {
            let inputs = vec![
                (MediaType::Jpeg, turned.clone()),
                (MediaType::Json, options.into()),
            ];
            let out = process_in_memory(&ImageThumbnail, inputs).unwrap();
            image::load_from_memory_with_format(&out[0].1, ImageFormat::Png).unwrap()
        };
        let whole = thumbnail(r#"{"width": 200, "height": 200}"#).into_luma8();
        assert_eq!(whole.dimensions(), (width, height), "{orientation}");
        let opposite = (width - 1 - white.0, height - 1 - white.1);
        assert!(whole[white].0[0] > 200, "{orientation}");
        assert!(whole[opposite].0[0] < 50, "{orientation}");
        let small = thumbnail("{}");
        let expected = (width * 128 / 200, height * 128 / 200);
        assert_eq!((small.width(), small.height()), expected, "{orientation}");

        let inputs = vec![(MediaType::Jpeg, turned.clone())];
        let out = process_in_memory(&AverageColour, inputs).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out[0].1).unwrap();
        assert_eq!(
            (&json["width"], &json["height"]),
            (&width.into(), &height.into())
        );
    }
}

/// The checksum of PNG's chunks.
fn crc32(bytes: &[u8]) -> u32 {
    let fold = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    };
    !bytes.iter().fold(!0, fold)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn an_image_that_was_changed_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        is_png in any::<bool>(),
        options in ".{0,40}",
    ) {
        let (media_type, format) = match is_png {
            true => (MediaType::Png, ImageFormat::Png),
            false => (MediaType::Jpeg, ImageFormat::Jpeg),
        };
        let mut bytes = file(GrayImage::new(40, 30), format);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = process_in_memory(&AverageColour, vec![(media_type, bytes.clone())]);
        let options = (MediaType::Json, options.into_bytes());
        let _ = process_in_memory(&ImageThumbnail, vec![(media_type, bytes), options]);
    }
}
