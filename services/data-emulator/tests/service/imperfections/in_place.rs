//! What is wrong with records that stay where they are, asked for by a run or by a model.

use super::*;

/// Clocks, ids and drift against their definition, and one thing done by hand to each.
#[test]
fn wrong_clocks_unknown_ids_and_drift_are_told_and_told_from_what_was_done_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let plan =
        format!("emulate device-log --count {COUNT} --seed 7 --start-time 2026-01-01T00:00:00Z");
    let line = format!("{plan} --to file:out --manifest run.json --sync grouped");
    succeeds(dirty(folder, &line, IN_PLACE));
    let file = only_file(&only_file(&folder.join("out")));
    let truth = succeeds(run(folder, "imperfections run.json"));
    let clean = succeeds(run(folder, &format!("{plan} --to stdout")));
    let delivered = fs::read_to_string(&file).unwrap();
    let parsed = |lines: &str| -> Vec<Value> {
        lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let (truth, clean) = (parsed(&truth), parsed(&clean));
    let mut faults: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
    for fault in &truth {
        let index = fault["index"].as_u64().unwrap();
        assert_eq!(fault["deliveries"], json!([index]));
        assert_eq!(fault["record"]["data"], clean[index as usize]["data"]);
        faults.entry(index).or_default().push(fault);
    }
    let mut clocks: BTreeMap<String, f64> = BTreeMap::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, (was, is)) in clean.iter().zip(parsed(&delivered)).enumerate() {
        let mut expected = was["data"].clone();
        let seconds = |record: &Value| record["timestamp"].as_f64().unwrap();
        let by = seconds(&is) - seconds(was);
        let mut may_differ = false;
        for fault in faults.get(&(index as u64)).into_iter().flatten() {
            let kind = fault["kind"].as_str().unwrap();
            if faults[&(index as u64)].len() == 1 {
                places.entry(kind).or_insert(index);
            }
            match kind {
                "corrupt" => {
                    assert_eq!([&fault["field"], &fault["how"]], ["log_id", "unknown"]);
                    assert_ne!(is["data"]["log_id"], expected["log_id"]);
                    expected["log_id"] = is["data"]["log_id"].clone();
                }
                "clock_skew" => {
                    may_differ = true;
                    let told = fault["seconds"].as_f64().unwrap();
                    assert!(
                        (told - by).abs() < 1e-5 && by.abs() <= 90.001 && by != 0.0,
                        "{by}"
                    );
                    for name in ["login_timestamp", "logout_timestamp"] {
                        let [was, is] = [&was, &&is].map(|record| record["data"][name].as_str());
                        let (Some(was), Some(is)) = (was, is) else {
                            assert_eq!(was, is);
                            continue;
                        };
                        let [was, is] =
                            [was, is].map(|time| time.parse::<jiff::Timestamp>().unwrap());
                        assert!(
                            (is.duration_since(was).as_secs_f64() - by).abs() < 1e-3,
                            "{was} {is}"
                        );
                        expected[name] = is.to_string().into();
                    }
                }
                _ => {
                    let fields = expected.as_object_mut().unwrap();
                    fields.remove("os");
                    let address = fields.remove("ip_address").unwrap();
                    fields.insert("address".to_owned(), address);
                    fields.insert("user_agent".to_owned(), json!([was["data"]["user_agent"]]));
                    fields.insert("schema_version".to_owned(), json!(2));
                }
            }
        }
        assert!(may_differ || by == 0.0);
        // All records of a device, or none.
        let device = was["data"]["device_id"].to_string();
        let clock = *clocks.entry(device).or_insert(by);
        assert!((clock - by).abs() < 1e-5, "{index}: {clock} {by}");
        let mut is = is["data"].clone();
        for name in ["login_timestamp", "logout_timestamp"]
            .into_iter()
            .filter(|_| may_differ)
        {
            // However many digits of the second are written.
            if let Some(time) = is[name].as_str() {
                is[name] = time.parse::<jiff::Timestamp>().unwrap().to_string().into();
            }
        }
        assert_eq!(is, expected, "{index}");
    }
    let manifest: Value =
        serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap();
    let wrong = clocks.values().filter(|by| **by != 0.0).count() as f64;
    let share = wrong / clocks.len() as f64;
    assert!(
        clocks.len() > 9000 && (0.04..0.06).contains(&share),
        "{share}"
    );
    for (kind, expected) in [
        ("corrupt", 1000),
        ("drift", 8000),
        ("late", 0),
        ("clock_skew", -1),
    ] {
        let count = manifest["faults"][kind].as_i64().unwrap();
        assert!(
            (count - expected).abs() <= 3 || expected < 0,
            "{kind}: {count}"
        );
        let told = truth.iter().filter(|fault| fault["kind"] == kind).count();
        assert_eq!(told as i64, count, "{kind}");
    }
    let verify = || {
        let verified = run(folder, "verify run.json --json");
        let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
        (verified.status.code(), report)
    };
    assert_eq!(verify().0, Some(0), "{:#}", verify().1);
    // Each as it would have been; no record that is delivered has the id that one was to lose.
    for (kind, findings) in [
        ("corrupt", &["missing", "foreign"][..]),
        ("clock_skew", &["corrupt"]),
        ("drift", &["corrupt"]),
    ] {
        let mut lines: Vec<&str> = delivered.lines().collect();
        let place = places[kind];
        let mended = faults[&(place as u64)][0]["record"].to_string();
        lines[place] = &mended;
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        let (code, report) = verify();
        assert_eq!(code, Some(1), "{kind}");
        for name in ["missing", "duplicate", "corrupt", "foreign", "out_of_order"] {
            let expected = u64::from(findings.contains(&name));
            let found = report["totals"][name].as_u64().unwrap();
            assert_eq!(found, expected, "{kind}: {report:#}");
        }
    }
}

const SENSORS: &str = r#"model: sensors
streams:
  reading:
    imperfections:
      missing: 0.1
      clock_skew: { share: 0.2, bound: 60, device: sensor }
      drift: { from: 1500, rename: { value: celsius } }
    fields:
      id: { uuid: {} }
      sensor: { integer: { uniform: [1, 20] } }
      at: { event_time: {} }
      value: { float: { normal: { mean: 20, sd: 2 } } }
"#;

/// A world says of its streams what a model does.
#[test]
fn what_a_world_says_is_wrong_holds_for_that_stream_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let small = "world: payments\ncustomers: 1000\nmerchants: 2000\ndays: 7\n";
    fs::write(at.join("clean.yaml"), small).unwrap();
    let dirt =
        "streams: { payment: { imperfections: { missing: 0.1, clock_skew: { share: 0.95 } } } }\n";
    fs::write(at.join("dirty.yaml"), small.to_owned() + dirt).unwrap();
    let lines = |model: &str, stream: &str, more: &str| {
        let line = format!("emulate {model}.yaml:{stream} --count 3000 --seed 7 --to stdout{more}");
        succeeds(run(at, &line))
    };
    let ids = |lines: &str| -> Vec<String> {
        let ids = lines.lines().map(|line| line[..60].to_owned());
        ids.collect()
    };
    let clean = lines("clean", "payment", "");
    let found = lines("dirty", "payment", "");
    assert_eq!((clean.lines().count(), found.lines().count()), (3000, 2700));
    let clean_ids = ids(&clean);
    assert!(ids(&found).iter().all(|id| clean_ids.contains(id)));
    assert_eq!(lines("dirty", "payment", " --imperfections {}"), clean);
    assert_eq!(lines("dirty", "login", ""), lines("clean", "login", ""));

    let line = "emulate dirty.yaml --count 3000 --seed 7 --to file:out --manifest run.json";
    succeeds(run(at, line));
    assert_eq!(run(at, "verify run.json").status.code(), Some(0));
    let truth = succeeds(run(at, "imperfections run.json"));
    let told = |kind: &str| truth.lines().filter(|line| line.contains(kind)).count();
    assert_eq!(told(r#""kind":"missing""#), 300);
    // Payments in shops are from no device, so their time is right.
    let skewed = told(r#""kind":"clock_skew""#);
    let online = found.lines().filter(|line| line.contains("online")).count();
    assert!(
        (online * 4 / 5..=online).contains(&skewed),
        "{skewed} of {online}"
    );
    let shop = |line: &&str| line.contains("clock_skew") && line.contains(r#""device_id":null"#);
    assert_eq!(truth.lines().find(shop), None);
    let described = succeeds(run(at, "model describe dirty.yaml"));
    assert!(
        described.contains("imperfections: {\"clock_skew\""),
        "{described}"
    );
}

/// They are in force wherever the stream is, until a run says otherwise.
#[tokio::test]
async fn what_a_model_says_is_wrong_holds_unless_the_run_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("sensors.yaml"), SENSORS).unwrap();
    let (head, tail) = SENSORS.split_once("    imperfections:").unwrap();
    let clean = head.to_owned() + &tail[tail.find("    fields:").unwrap()..];
    fs::write(at.join("clean.yaml"), &clean).unwrap();
    let plan = "--count 2000 --seed 7 --start-time 2026-01-01T00:00:00Z";
    let expected = succeeds(run(
        at,
        &format!("emulate clean.yaml:reading {plan} --to stdout"),
    ));
    assert_eq!(expected.lines().count(), 2000, "{clean}");

    let line = format!("emulate sensors.yaml:reading {plan} --to file:out --manifest run.json");
    succeeds(run(at, &line));
    let manifest: Value = serde_json::from_slice(&fs::read(at.join("run.json")).unwrap()).unwrap();
    let truth = succeeds(run(at, "imperfections run.json"));
    let truth = truth
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let skewed: Vec<_> = truth.filter(|line| line["kind"] == "clock_skew").collect();
    let faults = |counted: &Value| {
        assert_eq!(counted["clock_skew"], json!(skewed.len()));
        [("missing", 200), ("drift", 500), ("late", 0)].map(|(kind, expected)| {
            let count = counted[kind].as_i64().unwrap();
            assert!((count - expected).abs() <= 3, "{kind}: {count}");
        })
    };
    faults(&manifest["faults"]);
    let sensors: std::collections::BTreeSet<_> = (skewed.iter())
        .map(|line| line["record"]["sensor"].as_i64().unwrap())
        .collect();
    assert!((1..20).contains(&sensors.len()), "{sensors:?}");
    assert_eq!(run(at, "verify run.json").status.code(), Some(0));
    let delivered = fs::read_to_string(only_file(&only_file(&at.join("out")))).unwrap();
    let records = delivered
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_wrong = records.filter(|record| sensors.contains(&record["sensor"].as_i64().unwrap()));
    assert_eq!(of_wrong.count(), skewed.len(), "all that were delivered");
    let drifted = delivered
        .lines()
        .filter(|line| line.contains("\"celsius\""));
    assert!((445..=455).contains(&drifted.count()));

    let line = format!("emulate sensors.yaml:reading {plan} --to stdout");
    assert_eq!(succeeds(dirty(at, &line, "{}")), expected);
    let late = dirty(at, &format!("{line} --dry-run"), r#"{"late":0.5}"#);
    assert!(succeeds(late).contains("records: 1000 late"));
    let described = succeeds(run(at, "model describe sensors.yaml"));
    assert!(
        described.contains(r#"imperfections: {"clock_skew":"#),
        "{described}"
    );
    fs::write(
        at.join("wrong.yaml"),
        SENSORS.replace("device: sensor", "device: senser"),
    )
    .unwrap();
    let refused = run(at, "model check wrong.yaml");
    let told = text(&refused.stderr) + &text(&refused.stdout);
    assert_ne!(refused.status.code(), Some(0));
    assert!(told.contains("wrong.yaml:6:19: streams.reading.imperfections: got clock_skew.device 'senser'; expected") && told.contains("did you mean 'sensor'?"), "{told}");
    let csv = text(&run(at, &format!("{line} --format csv")).stderr);
    let in_model = "invalid streams.reading.imperfections of the model: drift in csv; expected format json or ndjson";
    assert!(
        csv.contains(in_model) && !csv.contains("--imperfections"),
        "{csv}"
    );

    let service = Service::start(at);
    let client = Client::of(&service);
    let put = client
        .http
        .put(format!("{}/models/sensors", client.url))
        .body(SENSORS);
    assert!(put.send().await.unwrap().status().is_success());
    let mut request = json!({
        "emulator_sync": "kafka", "emulation_domain": "sensors/reading", "format_type": "ndjson",
        "sync_type": "grouped", "max_chunk_size": 1, "timeout": 60, "count": 2000, "seed": 7,
        "pace": "unlimited",
    });
    let id = client.post(&request).await;
    let status = client.ended(&id, Duration::from_secs(60)).await;
    faults(&status["faults"]);
    request["format_type"] = json!("csv");
    let refused = client.http.post(format!("{}/emulator", client.url));
    let refused = refused.json(&request).send().await.unwrap();
    let refused: Value = refused.json().await.unwrap();
    let error = &refused["errors"][0];
    assert_eq!(error["field"], "imperfections", "{refused}");
    assert!(
        error["detail"].as_str().unwrap().starts_with(in_model),
        "{refused}"
    );
    request["format_type"] = json!("ndjson");
    request["imperfections"] = json!({});
    let id = client.post(&request).await;
    let status = client.ended(&id, Duration::from_secs(60)).await;
    assert_eq!(status["status"]["global_status"], "completed", "{status}");
    assert!(status["faults"].is_null(), "{status}");
}
