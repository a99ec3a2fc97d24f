use super::*;

fn draft() -> ServiceDraft {
    ServiceDraft {
        name: "Image thumbnail".to_owned(),
        slug: "image-thumbnail".to_owned(),
        summary: "Makes an image smaller.".to_owned(),
        description: String::new(),
        data_in: vec![
            Field::new("image", &[MediaType::Png, MediaType::Jpeg]),
            Field::new("options", &[MediaType::Json]),
        ],
        data_out: vec![Field::new("thumbnail", &[MediaType::Png])],
        tags: vec![Tag::ImageProcessing],
        has_ai: false,
    }
}

fn keys(names: &[&str]) -> Vec<ObjectKey> {
    let parsed = names.iter().map(|name| ObjectKey::parse(name));
    parsed.collect::<Result<_, _>>().unwrap()
}

#[test]
fn what_would_break_an_engine_is_refused() {
    assert!(ServiceDescription::parse(draft()).is_ok());
    type Change = fn(&mut ServiceDraft);
    let cases: [(Change, &str); 10] = [
        (|draft| draft.slug = "Image".to_owned(), "invalid slug"),
        (|draft| draft.slug = "-a".to_owned(), "invalid slug"),
        (|draft| draft.slug = "a".repeat(65), "invalid slug"),
        (|draft| draft.name = " ".to_owned(), "name is empty"),
        (|draft| draft.summary.clear(), "summary is empty"),
        (|draft| draft.data_out.clear(), "data_out is empty"),
        (
            |draft| draft.data_in[1].name = "image".to_owned(),
            "more than once",
        ),
        (
            |draft| draft.data_in[1].name = "class".to_owned(),
            "keyword",
        ),
        (
            |draft| draft.data_in[1].name = "my-image".to_owned(),
            "identifier",
        ),
        (|draft| draft.data_in[1].types.clear(), "no media type"),
    ];
    for (change, says) in cases {
        let mut draft = draft();
        change(&mut draft);
        let error = ServiceDescription::parse(draft).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    for name in ["", "1a", "ä", "a b", "None", "lambda"] {
        let field = Field::new(name, &[MediaType::Png]);
        assert!(field.check().is_err(), "{name}");
    }
}

#[test]
fn inputs_are_matched_to_fields_by_position_and_ending() {
    let service = ServiceDescription::parse(draft()).unwrap();
    assert_eq!(
        service.match_inputs(&keys(&["a.JPG", "b.json"])),
        Ok(vec![MediaType::Jpeg, MediaType::Json])
    );
    for (names, says) in [
        (
            &["a.png"][..],
            "got 1 input files, expected 2 (image, options)",
        ),
        (&["a.png", "b.json", "c.json"], "got 3 input files"),
        (
            &["b.json", "a.png"],
            "invalid input for 'image': got application/json, expected image/png or image/jpeg",
        ),
        (&["a", "b.json"], "got a file of unknown type"),
    ] {
        let error = service.match_inputs(&keys(names)).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}
