//! The figures, each with its target.

/// What a figure has to be.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    /// At least so much.
    Least(f64),
    /// At most so much.
    Most(f64),
    /// Nothing: the machine, or a part of another figure.
    None,
}

/// Prints figures as they come, and counts what was missed.
#[derive(Default)]
pub(crate) struct Sheet {
    rows: usize,
    missed: usize,
}

impl Sheet {
    pub(crate) fn row(&mut self, name: &str, figure: f64, unit: &str, target: Target) {
        if self.rows == 0 {
            println!("{:<58} {:>10} {:<8} {:>14}", "", "", "", "target");
        }
        self.rows += 1;
        let (told, is_hit) = match target {
            Target::Least(least) => (format!("≥ {}", short(least)), figure >= least),
            Target::Most(most) => (format!("≤ {}", short(most)), figure <= most),
            Target::None => (String::new(), true),
        };
        let verdict = match (target, is_hit) {
            (Target::None, _) => "",
            (Target::Least(_) | Target::Most(_), true) => "HIT",
            (Target::Least(_) | Target::Most(_), false) => "MISSED",
        };
        self.missed += usize::from(!is_hit);
        println!("{name:<58} {:>10} {unit:<8} {told:>14} {verdict}", short(figure));
    }

    pub(crate) fn end(&self) {
        println!("{} figures, {} missed", self.rows, self.missed);
    }
}

fn short(figure: f64) -> String {
    match figure {
        figure if figure >= 100.0 => format!("{figure:.0}"),
        figure if figure >= 10.0 => format!("{figure:.1}"),
        figure => format!("{figure:.2}"),
    }
}
