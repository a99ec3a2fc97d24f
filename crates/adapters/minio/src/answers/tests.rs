use proptest::prelude::*;

use super::*;

fn page(names: &[&str]) -> String {
    let contents: String = names
        .iter()
        .map(|name| format!("<Contents><Key>{name}</Key><Size>1</Size></Contents>"))
        .collect();
    format!(
        "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>a</Name>{contents}<IsTruncated>false</IsTruncated></ListBucketResult>"
    )
}

fn names(text: &str, after: &str) -> Result<Vec<String>, S3Error> {
    parse::<ListBucketResult>(text.as_bytes())?.names_after(after)
}

#[test]
fn a_page_gives_its_names_in_order() {
    assert_eq!(names(&page(&[]), "").unwrap(), [""; 0]);
    assert_eq!(
        names(&page(&["a", "a&amp;b", "b"]), "").unwrap(),
        ["a", "a&b", "b"]
    );
    assert_eq!(names(&page(&["c"]), "b").unwrap(), ["c"]);
}

#[test]
fn a_page_that_repeats_or_goes_back_is_refused() {
    for (given, after) in [
        (&["a", "a"][..], ""),
        (&["b", "a"], ""),
        (&["a", "b"], "b"),
        (&["b"], "b"),
    ] {
        let error = names(&page(given), after).unwrap_err();
        let S3Error::Unexpected(why) = error else {
            panic!("{error:?}");
        };
        assert!(why.contains("repeats itself"), "{why}");
    }
}

#[test]
fn a_failure_within_a_success_is_one() {
    let body = "<Error><Code>InternalError</Code><Message>Because.</Message></Error>";
    let read = parse::<InitiateMultipartUploadResult>(body.as_bytes());
    assert!(matches!(read, Err(S3Error::Refused(200, text)) if text == body));
}

#[test]
fn entities_that_multiply_are_refused_at_once() {
    let mut bomb = "<!DOCTYPE a [<!ENTITY a0 \"aaaaaaaaaa\">".to_owned();
    for level in 1..20 {
        let before = format!("&a{};", level - 1).repeat(10);
        bomb += &format!("<!ENTITY a{level} \"{before}\">");
    }
    bomb += "]><ListBucketResult><Contents><Key>&a19;</Key></Contents></ListBucketResult>";
    assert!(matches!(
        parse::<ListBucketResult>(bomb.as_bytes()),
        Err(S3Error::Unexpected(_))
    ));
}

#[test]
fn elements_within_elements_without_end_are_passed_over() {
    let deep = 100_000;
    let text = format!(
        "<ListBucketResult>{}{}<Contents><Key>a</Key></Contents></ListBucketResult>",
        "<a>".repeat(deep),
        "</a>".repeat(deep)
    );
    assert_eq!(names(&text, "").unwrap(), ["a"]);
}

proptest! {
    #[test]
    fn no_answer_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse::<ListBucketResult>(&bytes);
        let _ = parse::<ListMultipartUploadsResult>(&bytes);
    }

    #[test]
    fn no_mangled_page_makes_the_reader_panic_or_give_names_out_of_order(
        at in 0usize..200, piece in "[<>/&;!a-z\\[\\]\"=]{0,12}", after in "[a-c]{0,2}"
    ) {
        let mut text = page(&["a", "b/1", "b/2", "c"]);
        let at = text.floor_char_boundary(at.min(text.len()));
        text.insert_str(at, &piece);
        if let Ok(names) = names(&text, &after) {
            prop_assert!(names.is_sorted());
            prop_assert!(names.iter().all(|name| after.is_empty() || *name > after));
        }
    }
}
