//! What a page of Markdown says to do.

/// A page, or what of it can be done.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) sections: Vec<Section>,
}

/// From one `##` heading to the next.
#[derive(Debug)]
pub(crate) struct Section {
    /// File and line.
    pub(crate) place: String,
    /// What all of it needs.
    pub(crate) needs: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// One fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// To be written.
    File { name: String, text: String },
    /// To be run.
    Run(Command),
}

/// A block of commands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// File and line.
    pub(crate) place: String,
    pub(crate) text: String,
    pub(crate) needs: Vec<String>,
    /// What the page shows after it.
    pub(crate) shows: Option<String>,
}

/// A fenced block as it stands in the page.
struct Block<'a> {
    info: &'a str,
    text: String,
    place: String,
    needs: Vec<String>,
}

impl Page {
    /// Reads a page; `path` is what messages call it.
    ///
    /// # Panics
    ///
    /// At a block that is neither a file, a command nor what a command prints: nothing on a page goes untested.
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let mut sections = vec![Section::at(format!("{path}:1"))];
        let mut lines = (1..).zip(text.lines());
        let mut needs = Vec::new();
        let mut is_below_heading = false;
        while let Some((number, line)) = lines.next() {
            let place = format!("{path}:{number}");
            let section = sections.last_mut().expect("the page begins with one");
            if line.starts_with("## ") {
                sections.push(Section::at(place));
                is_below_heading = true;
                continue;
            }
            if let Some(named) = needs_of(line) {
                let wanted = if is_below_heading {
                    &mut section.needs
                } else {
                    &mut needs
                };
                wanted.extend(named);
            } else if let Some(info) = line.strip_prefix("```") {
                let inside = lines.by_ref().map_while(|(_, line)| {
                    let is_end = line == "```";
                    (!is_end).then(|| format!("{line}\n"))
                });
                let block = Block {
                    info,
                    text: inside.collect(),
                    place,
                    needs: std::mem::take(&mut needs),
                };
                section.add(block);
            }
            is_below_heading &= line.trim().is_empty();
        }
        Self { sections }
    }
}

impl Section {
    fn at(place: String) -> Self {
        Self {
            place,
            needs: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn add(&mut self, block: Block<'_>) {
        let Block {
            info,
            text,
            place,
            needs,
        } = block;
        let (language, title) = info.split_once(" title=").unwrap_or((info, ""));
        match (language, title) {
            ("sh", "") => self.steps.push(Step::Run(Command {
                place,
                text,
                needs,
                shows: None,
            })),
            ("text", "") => match self.steps.last_mut() {
                Some(Step::Run(command)) if command.shows.is_none() => command.shows = Some(text),
                _ => panic!("{place}: no command stands before this text"),
            },
            (_, "") => panic!("{place}: a block of {info:?} is neither run nor written to a file"),
            (_, name) => {
                let name = name.to_owned();
                self.steps.push(Step::File { name, text });
            }
        }
    }
}

/// The words of `<!-- needs: a, b -->`.
fn needs_of(line: &str) -> Option<impl Iterator<Item = String>> {
    let named = line.strip_prefix("<!-- needs: ")?.strip_suffix(" -->")?;
    Some(named.split(", ").map(str::to_owned))
}

#[test]
fn a_page_is_files_commands_and_what_they_print() {
    let text = "# Title\n\n## One\n<!-- needs: subinterp -->\n\nWords.\n\n```python title=app.py\nimport a\n\nb = 1\n```\n\n\
                <!-- needs: perf, python 3.13 -->\n```sh\nrun\n```\n\nIt tells:\n\n```text\nthis\n```\n\n## Two\n\n```sh\nmore\n```\n";
    let page = Page::parse("a.md", text);
    let [_, one, two] = &page.sections[..] else {
        panic!("three sections: {page:?}")
    };
    assert_eq!(one.needs, ["subinterp"]);
    let file = Step::File {
        name: String::from("app.py"),
        text: String::from("import a\n\nb = 1\n"),
    };
    let command = |place: &str, text: &str, needs: &[&str], shows: Option<&str>| {
        Step::Run(Command {
            place: place.into(),
            text: text.into(),
            needs: needs.iter().map(|need| String::from(*need)).collect(),
            shows: shows.map(String::from),
        })
    };
    let run = command("a.md:15", "run\n", &["perf", "python 3.13"], Some("this\n"));
    assert_eq!(one.steps, [file, run]);
    assert_eq!((two.place.as_str(), two.needs.len()), ("a.md:25", 0));
    assert_eq!(two.steps, [command("a.md:27", "more\n", &[], None)]);
}

#[test]
#[should_panic(expected = "a.md:1: no command stands before this text")]
fn a_text_that_nothing_prints_is_refused() {
    Page::parse("a.md", "```text\nthis\n```\n");
}

#[test]
#[should_panic(expected = "neither run nor written")]
fn a_block_without_a_title_is_refused() {
    Page::parse("a.md", "```python\nimport a\n```\n");
}
