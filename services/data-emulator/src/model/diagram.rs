//! Draws the references between a model's streams, as text and as a picture.

use std::collections::HashMap;
use std::fmt::Write;

use emulator_model::{Model, StreamRole};
use indicatif::HumanCount;

/// A reference from one stream to another, and its kind.
struct Edge {
    from: String,
    to: String,
    how: String,
}

fn edges(model: &Model) -> Vec<Edge> {
    let of_stream = |stream: &str| {
        let mut edges: Vec<Edge> = Vec::new();
        if let Some(StreamRole::Changes { of }) = model.role(stream) {
            edges.push(Edge {
                from: stream.to_owned(),
                to: of,
                how: "changes".to_owned(),
            });
        }
        for relation in model.relations(stream) {
            edges.push(Edge {
                from: stream.to_owned(),
                to: relation.stream,
                how: format!("{}, {}", relation.field, relation.pick),
            });
        }
        if let Some(StreamRole::Children { parent, .. }) = model.role(stream)
            && !edges.iter().any(|edge| edge.to == parent)
        {
            edges.push(Edge {
                from: stream.to_owned(),
                to: parent,
                how: "parent".to_owned(),
            });
        }
        edges
    };
    model
        .streams()
        .iter()
        .flat_map(|stream| of_stream(stream.name()))
        .collect()
}

/// The role of a stream towards the others.
pub(super) fn role(model: &Model, stream: &str) -> String {
    match model.role(stream) {
        Some(StreamRole::Entities { count }) => format!("{} entities", HumanCount(count)),
        Some(StreamRole::Children { parent, mean, most }) => {
            format!("children of {parent}, {mean:.2} each in the mean and {most} at most")
        }
        Some(StreamRole::Changes { of }) => format!("the changes of {of}"),
        Some(StreamRole::Events) | None => "events".to_owned(),
    }
}

/// A tree in which each stream is below those that it refers to.
pub(super) fn text(model: &Model) -> String {
    let edges = edges(model);
    let mut text = String::new();
    for stream in model.streams() {
        let name = stream.name();
        if edges
            .iter()
            .any(|edge| edge.from == name && edge.to != name)
        {
            continue;
        }
        let _ = writeln!(text, "  {name}");
        branch(&edges, name, "  ", &mut text);
    }
    text
}

/// Recursive as deep as references between streams go, which are acyclic.
fn branch(edges: &[Edge], of: &str, indent: &str, text: &mut String) {
    let below: Vec<&Edge> = edges
        .iter()
        .filter(|edge| edge.to == of && edge.from != of)
        .collect();
    for (number, Edge { from, how, .. }) in below.iter().enumerate() {
        let is_last = number + 1 == below.len();
        let (corner, rest) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let _ = writeln!(text, "{indent}{corner}{from} ({how})");
        // The streams below a stream are shown only at its first occurrence.
        let first = edges
            .iter()
            .find(|edge| edge.from == *from && edge.from != edge.to);
        if first.is_some_and(|first| first.to == of && first.how == *how) {
            branch(edges, from, &format!("{indent}{rest}"), text);
        }
    }
}

/// A Mermaid entity-relationship diagram, as Markdown pages display it.
pub(super) fn mermaid(model: &Model) -> String {
    let mut text = "erDiagram\n".to_owned();
    for stream in model.streams() {
        let _ = writeln!(text, "    {}", stream.name());
    }
    for Edge { from, to, how } in edges(model) {
        let _ = writeln!(text, "    {to} ||--o{{ {from} : \"{how}\"");
    }
    text
}

const WIDTH: usize = 190;
const HEIGHT: usize = 44;
const GAP_X: usize = 150;
const GAP_Y: usize = 36;
const MARGIN: usize = 20;

/// Streams from left to right, each to the right of those that it refers to.
pub(super) fn svg(model: &Model) -> String {
    let edges = edges(model);
    let mut levels: HashMap<&str, usize> = HashMap::new();
    let mut places: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut filled: Vec<usize> = Vec::new();
    // Referenced streams come first.
    for stream in model.streams() {
        let name = stream.name();
        let others = edges
            .iter()
            .filter(|edge| edge.from == name && edge.to != name);
        let level = others
            .filter_map(|edge| levels.get(&*edge.to))
            .map(|level| level + 1)
            .max();
        let level = level.unwrap_or(0);
        levels.insert(name, level);
        filled.resize(filled.len().max(level + 1), 0);
        let place = (
            MARGIN + level * (WIDTH + GAP_X),
            MARGIN + filled[level] * (HEIGHT + GAP_Y),
        );
        filled[level] += 1;
        places.insert(name, place);
    }
    let rows = filled.iter().max().copied().unwrap_or(1);
    let (width, height) = (
        2 * MARGIN + filled.len() * (WIDTH + GAP_X) - GAP_X,
        2 * MARGIN + rows * (HEIGHT + GAP_Y) - GAP_Y,
    );
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <title>Streams of {}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        model.name()
    );
    let mut labels: HashMap<(usize, usize), usize> = HashMap::new();
    for Edge { from, to, how } in edges.iter().filter(|edge| edge.from != edge.to) {
        let ((x1, y1), (x2, y2)) = (places[&**from], places[&**to]);
        let (y1, x2, y2) = (y1 + HEIGHT / 2, x2 + WIDTH, y2 + HEIGHT / 2);
        // Several edges between two streams coincide, with their labels stacked.
        let middle = ((x1 + x2) / 2, (y1 + y2) / 2);
        let label = labels.entry(middle).or_default();
        let _ = writeln!(
            svg,
            "<path d=\"M{x1} {y1} C{cx1} {y1} {cx2} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#789\"/>\
             <circle cx=\"{x2}\" cy=\"{y2}\" r=\"4\" fill=\"#789\"/>\
             <text x=\"{mx}\" y=\"{my}\" text-anchor=\"middle\" font-size=\"11\" fill=\"#456\">{how}</text>",
            cx1 = x1.saturating_sub(GAP_X / 2),
            cx2 = x2 + GAP_X / 2,
            mx = middle.0,
            my = middle.1 - 4 + *label * 13,
        );
        *label += 1;
    }
    for stream in model.streams() {
        let (x, y) = places[stream.name()];
        let role = role(model, stream.name());
        // There is no room for what follows the comma of children.
        let role = role.split(", ").next().unwrap_or_default();
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"6\" fill=\"#eef3f8\" \
             stroke=\"#567\"/><text x=\"{tx}\" y=\"{t1}\" text-anchor=\"middle\" font-weight=\"bold\">{}</text>\
             <text x=\"{tx}\" y=\"{t2}\" text-anchor=\"middle\" font-size=\"11\">{role}</text>",
            stream.name(),
            tx = x + WIDTH / 2,
            t1 = y + 19,
            t2 = y + 35,
        );
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

    use super::*;

    fn shop() -> Model {
        let text = include_str!("../../../../examples/models/shop.yaml");
        adapter_models::read_text(text, adapter_models::Syntax::Yaml).unwrap()
    }

    #[test]
    fn each_stream_hangs_below_the_one_it_refers_to() {
        let expected = "  customer
  ├─ order (customer_id, zipf)
  │  └─ order_line (order_id, parent)
  └─ customer_change (changes)
";
        assert_eq!(text(&shop()), expected);
    }

    #[test]
    fn mermaid_has_a_line_a_stream_and_a_line_a_relation() {
        let expected = "erDiagram
    customer
    order
    order_line
    customer_change
    customer ||--o{ order : \"customer_id, zipf\"
    order ||--o{ order_line : \"order_id, parent\"
    customer ||--o{ customer_change : \"changes\"
";
        assert_eq!(mermaid(&shop()), expected);
    }

    #[test]
    fn the_picture_has_a_box_a_stream_and_a_line_a_relation() {
        let picture = svg(&shop());
        assert_eq!(picture.matches("rx=\"6\"").count(), 4, "{picture}");
        assert_eq!(picture.matches("<path").count(), 3, "{picture}");
        assert!(picture.contains(">customer_id, zipf</text>"), "{picture}");
    }
}
