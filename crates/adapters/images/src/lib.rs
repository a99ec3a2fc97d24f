//! Processors of images (the `image` crate).
//!
//! - [`ImageThumbnail`]: scales an image down.
//! - [`AverageColour`]: the average colour of an image.

mod colour;
mod decode;
mod jpeg;
mod thumbnail;

pub use colour::AverageColour;
pub use thumbnail::ImageThumbnail;
