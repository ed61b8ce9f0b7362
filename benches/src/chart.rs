//! A bar chart of ratios as SVG, for BENCHMARKS.md.

use std::fmt::{self, Write as _};

/// Groups of bars: one group for each workload, one bar for each implementation.
#[derive(Debug, Default)]
pub struct Chart {
    groups: Vec<(String, Vec<(&'static str, f64)>)>,
}

impl Chart {
    /// Adds the ratio of an implementation to the baseline of a workload.
    pub fn add(&mut self, workload: &str, implementation: &'static str, ratio: f64) {
        match self.groups.last_mut().filter(|(name, _)| name == workload) {
            Some((_, bars)) => bars.push((implementation, ratio)),
            None => self.groups.push((workload.to_owned(), vec![(implementation, ratio)])),
        }
    }
}

/// The whole SVG document. Its colours are readable on light and dark backgrounds.
impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LABEL: f64 = 190.0;
        const WIDTH: f64 = 420.0;
        const BAR: f64 = 16.0;
        const GAP: f64 = 30.0;
        let longest = self.groups.iter().flat_map(|(_, bars)| bars).map(|(_, ratio)| *ratio).fold(1.0, f64::max);
        let (mut y, mut bars) = (0.0, String::new());
        for (workload, implementations) in &self.groups {
            writeln!(bars, r#"<text x="0" y="{:.0}" font-weight="bold">{workload}</text>"#, y + BAR)?;
            y += BAR + 6.0;
            for (implementation, ratio) in implementations {
                let (width, text) = (ratio / longest * WIDTH, y + BAR - 4.0);
                let colour = if *implementation == crate::workloads::OURS { "#2f81f7" } else { "#8b949e" };
                writeln!(bars, r#"<text x="{}" y="{text:.0}" text-anchor="end">{implementation}</text>"#, LABEL - 8.0)?;
                writeln!(
                    bars,
                    r#"<rect x="{LABEL}" y="{y:.0}" width="{width:.1}" height="{:.0}" fill="{colour}"/>"#,
                    BAR - 3.0
                )?;
                writeln!(bars, r#"<text x="{:.1}" y="{text:.0}">{ratio:.2}</text>"#, LABEL + width + 6.0)?;
                y += BAR;
            }
            y += GAP - BAR;
        }
        let (width, height) = (LABEL + WIDTH + 60.0, y);
        writeln!(
            f,
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0} {height:.0}" font-family="sans-serif" font-size="12" fill="#768390" role="img" aria-label="Time as a ratio to the bare hashing work. Shorter is better.">"##
        )?;
        writeln!(f, "{bars}</svg>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_bar_fills_the_width() {
        let mut chart = Chart::default();
        chart.add("1 id", "bare", 1.0);
        chart.add("1 id", "aws-sigv4", 4.0);
        let svg = chart.to_string();
        assert!(svg.contains(r#"width="420.0""#) && svg.contains(r#"width="105.0""#), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 2);
        assert_eq!(svg.matches(r#"font-weight="bold">1 id<"#).count(), 1);
    }
}
