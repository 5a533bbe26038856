//! Nothing runs out of the page's cards, as a browser lays them out. Skipped where there is no chromium.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::root;

/// What windows are wide, in pixels: a telephone's, a tablet's, and desktops'.
const WIDTHS: [u32; 5] = [420, 800, 1200, 1400, 1600];

/// Tells the window above what stands out of a card, or of the window.
const MEASURE: &str = r#"
setTimeout(() => {
  const out = new Set();
  for (const card of document.querySelectorAll(".card")) {
    const { right, bottom } = card.getBoundingClientRect();
    for (const inner of card.querySelectorAll("*")) {
      const it = inner.getBoundingClientRect();
      if (it.right > right || it.bottom > bottom) out.add(`${card.className}: ${inner.className}`);
    }
  }
  const { scrollWidth } = document.documentElement;
  if (scrollWidth > innerWidth) out.add(`the window: ${scrollWidth}`);
  parent.postMessage({ width: innerWidth, cards: document.querySelectorAll(".worker").length, out: [...out] }, "*");
}, 200);"#;

/// Collects what the windows tell.
const COLLECT: &str = r#"
<script>
const told = [];
addEventListener("message", ({ data }) => {
  told.push(data);
  document.title = JSON.stringify(told);
});
</script>"#;

/// A status with so many workers, as long as its texts get.
fn status(workers: usize, is_busy: bool) -> Value {
    let worker = |number: usize| {
        json!({
            "worker": number,
            "interpreter": number + 1,
            "doing": if is_busy { "running" } else { "idle" },
            "route": is_busy.then_some("GET /reports/{year}/monthly/{name}/download"),
            "busy_ratio": if is_busy { 1.0 } else { 0.0 },
            "since_seconds": if is_busy { [1.2, 3_599.0, 86_399.0][number % 3] } else { 0.0 },
            "under_way": 1,
            "requests": {"2xx": if is_busy { 1_234_567_890 } else { 0 }},
        })
    };
    json!({
        "uptime_seconds": 3725, "phase": "serving", "is_ready": true, "app": "shop.handlers",
        "strategy": "freethreaded", "dispatch": "inline", "python": "3.13.0", "version": "0.1.0",
        "responses": {"2xx": 1_234_567_890, "5xx": 12}, "queue": {"waiting": 1024, "depth": 1024},
        "connections": {"open": 10_000, "accepted": 1_234_567, "max": 10_000},
        "bytes": {"sent": 1, "received": 1}, "memory_bytes": 5e9, "refused": {"queue_full": 123_456},
        "listeners": ["http://127.0.0.1:8000"],
        "workers": (0..workers).map(worker).collect::<Vec<_>>(),
    })
}

/// The page with a status in place of those that it asks for.
fn page(status: &Value) -> String {
    let page = fs::read_to_string(root().join("server/src/admin/page.html")).expect("the page");
    let begins = "look();\n</script>";
    assert_eq!(page.matches(begins).count(), 1);
    page.replace(begins, &format!("update({status});{MEASURE}\n</script>"))
}

/// What the browser tells of each width.
fn measured(status: &Value) -> Option<Vec<Value>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("page.html"), page(status)).expect("a temporary file");
    let windows = WIDTHS.map(|width| {
        format!(
            r#"<iframe src="page.html" style="width:{width}px;height:900px;border:0"></iframe>"#
        )
    });
    let all = folder.path().join("all.html");
    let text = format!(
        "<!doctype html><title></title>{COLLECT}{}",
        windows.concat()
    );
    fs::write(&all, text).expect("a temporary file");
    let run = Command::new("timeout")
        .args([
            "60",
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
        ])
        .args(["--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("file://{}", all.display()))
        .arg(format!("--user-data-dir={}", folder.path().display()))
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let dom = String::from_utf8_lossy(&run.stdout).into_owned();
    let (_, rest) = dom.split_once("<title>").unwrap_or_else(|| {
        panic!(
            "no page from chromium: {}",
            String::from_utf8_lossy(&run.stderr)
        )
    });
    let told = rest.split_once("</title>").expect("its end").0;
    Some(serde_json::from_str(told).unwrap_or_else(|_| panic!("{told:?} of {WIDTHS:?}")))
}

#[test]
fn nothing_runs_out_of_its_card() {
    let version = Command::new("chromium").arg("--version").output();
    if !version.is_ok_and(|run| run.status.success()) {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: chromium is not on this machine"
        );
        return;
    }
    for (workers, is_busy) in [(2, false), (32, true)] {
        let told = measured(&status(workers, is_busy)).expect("chromium runs");
        let mut widths: Vec<_> = told.iter().map(|one| one["width"].as_u64()).collect();
        widths.sort_unstable();
        assert_eq!(widths, WIDTHS.map(|width| Some(u64::from(width))));
        for one in told {
            assert_eq!(one["cards"], workers);
            assert_eq!(one["out"], json!([]), "{workers} workers, {}", one["width"]);
        }
    }
}
