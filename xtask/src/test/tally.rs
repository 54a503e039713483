//! Counts tests by what the test programs print at their end.

use std::ops::AddAssign;

/// How many tests passed, failed, or were not run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) ignored: u64,
    /// Left out by name.
    pub(super) left_out: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.left_out += other.left_out;
    }
}

impl Tally {
    /// Adds a line's numbers, if it is the last line of a test program:
    /// `test result: ok. 14 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
    pub(super) fn read(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let numbers = result.split_once(". ").map_or("", |(_, numbers)| numbers);
        for (number, what) in numbers.split("; ").filter_map(|part| part.split_once(' ')) {
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                "filtered out" => self.left_out += number,
                _ => {}
            }
        }
    }

    /// The same of vitest's summary: ` Tests  1 failed | 51 passed | 2 skipped (54)`. What was skipped is ignored.
    pub(super) fn read_vitest(&mut self, line: &str) {
        let Some(numbers) = line.trim_start().strip_prefix("Tests  ") else { return };
        let numbers = numbers.split_once(" (").map_or(numbers, |(numbers, _)| numbers);
        for (number, what) in numbers.split(" | ").filter_map(|part| part.split_once(' ')) {
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "skipped" | "todo" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_of_test_programs_count() {
        let mut tally = Tally::default();
        for line in [
            "test result: ok. 14 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 61.58s",
            "test tests::passes ... ok",
            "running 14 tests",
            "a test result: ok. 5 passed; 0 failed",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 15, failed: 2, ignored: 2, left_out: 3 });
    }

    #[test]
    fn the_summary_of_vitest_counts_tests_and_no_files() {
        let mut tally = Tally::default();
        for line in [
            " Test Files  1 failed | 19 passed (20)",
            "      Tests  1 failed | 51 passed | 2 skipped (54)",
            "      Tests  98 passed (98)",
            "   Duration  3.21s",
        ] {
            tally.read_vitest(line);
        }
        assert_eq!(tally, Tally { passed: 149, failed: 1, ignored: 2, left_out: 0 });
        tally += tally;
        assert_eq!(tally, Tally { passed: 298, failed: 2, ignored: 4, left_out: 0 });
    }
}
