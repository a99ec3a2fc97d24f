//! The page in Chromium, on adapters that keep everything in memory; axe looks at every view.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[allow(dead_code, reason = "pages without events use more of it")]
#[path = "../../../../pipeline/rest/tests/browser/chromium.rs"]
mod chromium;
#[allow(dead_code, reason = "pages without events use more of it")]
#[path = "../../../../pipeline/rest/tests/browser/hand.rs"]
mod hand;
#[allow(dead_code, reason = "the tests of the API use more of it")]
#[path = "../api/service.rs"]
mod service;
mod site;

use serde_json::{Value, json};
use site::Site;

/// What scripts use.
const PRELUDE: &str = r"
const text = (selector) => document.querySelector(selector)?.textContent ?? null;
const all = (selector) => [...document.querySelectorAll(selector)].map((it) => it.textContent);
const shown = (selector) => {
  const it = document.querySelector(selector);
  return it && !it.closest('[hidden]') && !it.disabled ? it : null;
};
const until = async (done) => { for (let at = 0; at < 200 && !done(); at += 1) await wait(100); };
const go = async (hash, selector) => { location.hash = hash; await until(() => document.querySelector(selector)); };
const axe = async () => {
  const script = document.createElement('script');
  script.src = '/hand/axe.js';
  const loaded = new Promise((resolve) => script.addEventListener('load', resolve));
  document.head.append(script);
  await loaded;
  const { violations } = await window.axe.run();
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
};
";

fn used(site: &Site, hash: &str, script: &str) -> Value {
    site.used(hash, &format!("{PRELUDE}{script}"))
}

#[test]
fn a_first_visitor_is_told_how_to_begin_and_starts_a_run_by_the_form() {
    let site = Site::start(&[]);
    let report = used(
        &site,
        "",
        "const empty = [text('.empty h3'), document.querySelector('.empty').hidden];
         await go('new', 'form .field');
         const set = (name, value) => {
           const input = get(`field-${name}`);
           input.value = value;
           input.dispatchEvent(new Event('input', { bubbles: true }));
         };
         set('timeout', '0');
         await until(() => text('#field-timeout-wrong'));
         const wrong = [text('#field-timeout-wrong'), get('field-timeout').getAttribute('aria-invalid')];
         set('timeout', '5');
         const first = get('field-emulator_sync').value;
         set('emulator_sync', 'null');
         set('labels', '{\"team\": ');
         const broken = [text('#field-labels-wrong').startsWith('not JSON: '), get('field-labels').getAttribute('aria-invalid')];
         set('labels', '{\"team\": \"payments\"}');
         set('imperfections', '{\"lates\": 0.5}');
         await until(() => text('#field-imperfections-wrong').includes('late'));
         const told = text('#field-imperfections-wrong');
         set('imperfections', '{\"duplicate\": 0}');
         set('count', '3');
         set('pace', 'unlimited');
         await until(() => all('.copy code')[1].includes('emulation_id'));
         const [equal, sample] = all('.copy code');
         document.querySelector('form button.primary').click();
         await until(() => location.hash.startsWith('#run='));
         await until(() => text('.badge') === 'completed');
         await until(() => all('.copy code')[1].includes('emulate'));
         const repeated = all('.copy code')[0];
         const labels = (await (await fetch(`/emulator/${location.hash.slice(5)}`)).json()).labels;
         const id = location.hash;
         await go('runs', '.runs');
         await go(id.slice(1), '.facts');
         await until(() => text('.badge') === 'completed');
         const charts = [...document.querySelectorAll('.pair')].map((it) => it.hidden);
         const again = await fetch('/emulator/check', { method: 'POST', headers: { 'Content-Type': 'application/json' },
           body: repeated.slice(repeated.indexOf('{'), repeated.lastIndexOf('}') + 1) });
         report({ first, broken, told, labels, charts, again: again.status, empty, wrong, equal: equal.includes('\"count\":3'), sample: sample.includes('emulation_id'),
           state: text('.badge'), acknowledged: text('.facts .acknowledged'), command: all('.copy code')[1],
           stop: document.querySelector('.danger').hidden });",
    );
    let command = report["command"].as_str().unwrap();
    assert!(
        command.starts_with("data-emulator emulate 'transaction' --to 'null' "),
        "{command}"
    );
    assert!(
        command.contains("--count '3'") && command.contains("--seed '"),
        "{command}"
    );
    let told = report["told"].as_str().unwrap();
    assert!(told.contains("did you mean 'late'?"), "{told}");
    let expected = json!({
        "first": "kafka", "broken": [true, "true"], "told": told, "labels": {"team": "payments"},
        "charts": [true], "again": 200, "empty": ["No run yet", false],
        "wrong": ["invalid timeout 0; expected 1 to 31536000 seconds", "true"],
        "equal": true, "sample": true, "state": "completed", "acknowledged": "3",
        "command": command, "stop": true,
    });
    assert_eq!(report, expected);
}

#[test]
fn runs_are_listed_live_filtered_and_stopped() {
    let site = Site::start(&[
        json!({"timeout": 3600, "rate": 50}),
        json!({"timeout": 5, "count": 2, "pace": "unlimited", "emulation_domain": "device-log"}),
    ]);
    let report = used(
        &site,
        "",
        "await until(() => all('.runs tbody tr').length === 2);
         const names = all('.runs tbody a');
         const request = { emulator_sync: 'null', emulation_domain: 'user-profile', format_type: 'json',
           sync_type: 'grouped', max_chunk_size: 1, timeout: 5, count: 1 };
         await fetch('/emulator', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) });
         await until(() => all('.runs tbody tr').length === 3);
         const live = all('.runs tbody a')[0];
         get('words').value = 'device';
         get('words').dispatchEvent(new Event('input', { bubbles: true }));
         const found = all('.runs tbody a');
         get('words').value = 'nothing of it';
         get('words').dispatchEvent(new Event('input', { bubbles: true }));
         const none = [text('section > .hint'), document.querySelector('.runs').hidden];
         get('words').value = '';
         get('words').dispatchEvent(new Event('input', { bubbles: true }));
         const link = document.querySelectorAll('.runs tbody a')[2];
         await go(link.hash.slice(1), '.facts');
         await until(() => text('.badge') === 'processing' && shown('.danger'));
         shown('.danger').click();
         await until(() => text('.badge') === 'cancelled');
         report({ names, live, found, none, state: text('.badge') });",
    );
    let expected = json!({
        "names": ["device-log", "transaction"], "live": "user-profile", "found": ["device-log"],
        "none": ["No run fits. Choose another state, or search for something else.", true],
        "state": "cancelled",
    });
    assert_eq!(report, expected);
}

#[test]
fn a_run_is_given_another_rate_held_resumed_and_stopped_by_its_buttons() {
    let site = Site::start(&[json!({"timeout": 3600, "rate": 50})]);
    let report = used(
        &site,
        "",
        "await until(() => all('.runs tbody tr').length === 1);
         const seen = [];
         const steps = [
           () => {
             const form = shown('form.line');
             if (!form || text('.badge') !== 'processing') return false;
             get('rate').value = '75';
             form.requestSubmit();
             return true;
           },
           () => text('.facts .rate') === '75/s' && shown('.hold') && (seen.push(text('.hold')), shown('.hold').click(), true),
           () => text('.badge') === 'paused' && shown('.hold') && (seen.push(text('.hold')), shown('.hold').click(), true),
           () => text('.badge') === 'processing' && text('.hold') === 'Pause' && shown('.danger') && (shown('.danger').click(), true),
         ];
         await go(document.querySelector('.runs tbody a').hash.slice(1), '.facts');
         for (const step of steps) await until(step);
         await until(() => text('.badge') === 'cancelled');
         report({ seen, state: text('.badge'), hidden: document.querySelector('.hold').hidden });",
    );
    let expected = json!({"seen": ["Pause", "Resume"], "state": "cancelled", "hidden": true});
    assert_eq!(report, expected);
}

#[test]
fn data_are_described_with_their_distributions_and_the_system_with_its_health() {
    let site = Site::start(&[]);
    let report = used(
        &site,
        "#data=device-log",
        "await until(() => text('[role=status].hint')?.startsWith('Distributions'));
         const told = [text('[role=status].hint'), text('.tabs [aria-current]'), all('.fields svg').length > 3 || document.querySelectorAll('.fields svg').length > 3];
         await go('system', 'table');
         await until(() => all('table .badge').length === 4);
         report({ told, checks: all('table .badge'), version: text('.summary') });",
    );
    let expected = json!({
        "told": ["Distributions of a sample of 10,000 records.", "device-log", true],
        "checks": ["up", "up", "up", "up"],
        "version": report["version"],
    });
    assert_eq!(report, expected);
    assert!(
        report["version"].as_str().unwrap().contains("generator"),
        "{report}"
    );
}

#[test]
fn axe_finds_nothing_in_any_view() {
    let site = Site::start(&[json!({"timeout": 5, "count": 20, "pace": "unlimited"})]);
    let run = format!("#run={}", site.runs[0]);
    for hash in ["#runs", &run, "#new", "#data", "#system"] {
        let found = used(&site, hash, "await wait(1500); report(await axe());");
        assert_eq!(found, json!([]), "{hash}");
    }
}

#[test]
fn hostile_texts_stay_texts() {
    const ATTACK: &str = "%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D'attacked'%22%3E";
    let site = Site::start(&[]);
    for view in ["run", "data", "runs"] {
        let found = used(
            &site,
            &format!("#{view}={ATTACK}"),
            "await wait(1000);
             report([document.querySelectorAll('main img').length, document.title.includes('attacked')]);",
        );
        assert_eq!(found, json!([0, false]), "{view}");
    }
}
