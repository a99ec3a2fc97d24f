//! Processors of images (the `image` crate).
//!
//! - [`ImageThumbnail`]: an image made smaller.
//! - [`AverageColour`]: the colour that an image has on average.

mod colour;
mod decode;
mod thumbnail;

pub use colour::AverageColour;
pub use thumbnail::ImageThumbnail;
