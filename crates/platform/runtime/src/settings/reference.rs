//! The reference page of the settings, generated from the table.

use std::fmt::Write;

use super::Setting;

/// The settings table as Markdown, with one section for each first part of the keys, in the order
/// of the table.
pub fn reference(table: &[Setting]) -> String {
    let mut page = String::new();
    let mut section = "";
    for setting in table {
        let (first, _) = setting.key.split_once('.').expect("a key is section.name");
        if first != section {
            section = first;
            write!(
                page,
                "\n## {section}\n\n\
                 | in a file | in the environment | default | allowed | meaning |\n\
                 |---|---|---|---|---|\n"
            )
            .expect("a string takes everything");
        }
        let key = if setting.secret {
            "(environment only)".to_owned()
        } else {
            format!("`{}`", setting.key)
        };
        let default = setting
            .default
            .map_or("unset".to_owned(), |text| format!("`{text}`"));
        writeln!(
            page,
            "| {key} | `{}` | {default} | {} | {} |",
            setting.env(),
            setting.shape,
            setting.meaning
        )
        .expect("a string takes everything");
    }
    page
}
