//! How an answer is shown: colours and a width where people read, plain whole lines where programs do.

use std::io::IsTerminal;

/// Columns of a terminal that does not say how many it has.
const COLUMNS: usize = 80;

/// Where an answer is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Columns of the terminal; nothing when it is none.
    pub columns: Option<usize>,
    /// Whether it has colours.
    pub colours: bool,
}

/// What a colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Busy,
    Waits,
    Faint,
    Strong,
}

impl Look {
    /// That of standard output. `plain` is whether its reader wants no colours.
    pub fn of_output(plain: bool) -> Look {
        let out = std::io::stdout();
        if !out.is_terminal() {
            return Look::default();
        }
        let columns = terminal_size::terminal_size_of(&out);
        Look {
            columns: Some(columns.map_or(COLUMNS, |(columns, _)| usize::from(columns.0))),
            colours: !plain,
        }
    }

    /// Text in a colour, if there are any.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colours || text.trim().is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Busy => "36",
            Tone::Waits => "33",
            Tone::Faint => "2",
            Tone::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Text that begins `left` columns from the left, cut where the terminal ends.
    pub(super) fn cut(&self, text: &str, left: usize) -> String {
        let Some(columns) = self.columns else {
            return text.to_owned();
        };
        let room = columns.saturating_sub(left).max(1);
        if text.chars().count() <= room {
            return text.to_owned();
        }
        let kept: String = text.chars().take(room - 1).collect();
        format!("{}…", kept.trim_end())
    }
}
