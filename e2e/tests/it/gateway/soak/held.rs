//! What a process holds, looked at again and again: memory, open files and threads. What leaks grows on when it is warm.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{task::JoinHandle, time::interval};

/// How often it is looked.
const PACE: Duration = Duration::from_millis(250);

/// What a process holds at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Without pages of files: those of the program come and go with what else the machine does.
    pub(super) resident_kib: usize,
    pub(super) files: usize,
    pub(super) threads: usize,
}

impl Held {
    fn by(process: i32) -> Self {
        let process = format!("/proc/{process}");
        let status = fs::read_to_string(format!("{process}/status")).unwrap();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.split_whitespace().next().unwrap().parse().unwrap()
        };
        let files = fs::read_dir(format!("{process}/fd")).unwrap().count();
        Self { resident_kib: number("RssAnon:"), files, threads: number("Threads:") }
    }
}

/// How many sockets a process has.
pub(super) fn sockets(process: i32) -> usize {
    let files = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    // One that was closed meanwhile is none.
    let targets = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    targets.filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}

/// Looks at a process until it is ended.
pub(super) struct Watch {
    seen: Arc<Mutex<Vec<Held>>>,
    is_over: Arc<AtomicBool>,
    looking: JoinHandle<()>,
}

impl Watch {
    pub(super) fn over(process: i32) -> Self {
        let (seen, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (kept, ends) = (Arc::clone(&seen), Arc::clone(&is_over));
        let looking = tokio::spawn(async move {
            let mut turns = interval(PACE);
            while !ends.load(Ordering::Relaxed) {
                turns.tick().await;
                kept.lock().unwrap().push(Held::by(process));
            }
        });
        Self { seen, is_over, looking }
    }

    /// Ends it, and says what the process held.
    pub(super) async fn end(self) -> Course {
        self.is_over.store(true, Ordering::Relaxed);
        self.looking.await.unwrap();
        Course::of(&self.seen.lock().unwrap())
    }
}

/// What a process held in the middle third of the time, and in the last one; the first is for warming up. Medians, because what
/// happens to its neighbours shows for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Course {
    pub(super) middle: Held,
    pub(super) last: Held,
}

impl Course {
    fn of(seen: &[Held]) -> Self {
        let third = seen.len() / 3;
        assert!(third > 0, "it was looked {} times", seen.len());
        Self { middle: median(&seen[third..2 * third]), last: median(&seen[2 * third..]) }
    }

    /// What has grown by more than `most`, in words.
    pub(super) fn grown_beyond(&self, most: Held) -> Vec<String> {
        let Self { middle, last } = self;
        [
            ("KiB of memory", middle.resident_kib, last.resident_kib, most.resident_kib),
            ("open files", middle.files, last.files, most.files),
            ("threads", middle.threads, last.threads, most.threads),
        ]
        .into_iter()
        .filter(|(_, middle, last, most)| last > &(middle + most))
        .map(|(what, middle, last, _)| format!("{middle} {what}, then {last}"))
        .collect()
    }

    /// By how much its memory grows, where all was seen in `time`; the middles of both thirds are a third apart.
    pub(super) fn kib_per_hour(&self, time: Duration) -> f64 {
        let [middle, last] = [self.middle, self.last].map(|held| f64::from(u32::try_from(held.resident_kib).unwrap()));
        (last - middle) / (time.as_secs_f64() / 3.0 / 3_600.0)
    }
}

fn median(seen: &[Held]) -> Held {
    let of = |value: fn(&Held) -> usize| {
        let mut values: Vec<usize> = seen.iter().map(value).collect();
        values.sort_unstable();
        values[values.len() / 2]
    };
    Held { resident_kib: of(|held| held.resident_kib), files: of(|held| held.files), threads: of(|held| held.threads) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Held = Held { resident_kib: 1_000, files: 4, threads: 4 };

    /// What `grows` makes of each look: warm after the first third, and with a fault in every tenth.
    fn course(grows: impl Fn(usize, &mut Held)) -> Course {
        let seen: Vec<Held> = (0..300)
            .map(|look| {
                let fault = usize::from(look % 10 == 0);
                let warm = look.min(100);
                let mut held =
                    Held { resident_kib: 50_000 + 200 * warm, files: 40 + 20 * fault, threads: 6 + 9 * fault };
                grows(look, &mut held);
                held
            })
            .collect();
        Course::of(&seen)
    }

    #[test]
    fn what_warms_up_and_is_disturbed_has_not_grown() {
        let course = course(|_, _| {});
        assert_eq!(course.grown_beyond(MOST), Vec::<String>::new());
        assert!(course.kib_per_hour(Duration::from_mins(30)).abs() < f64::EPSILON);
    }

    #[test]
    fn a_leak_of_each_kind_is_found() {
        let memory = course(|look, held| held.resident_kib += 12 * look);
        assert_eq!(memory.grown_beyond(MOST), ["71800 KiB of memory, then 73000"]);
        assert!((memory.kib_per_hour(Duration::from_mins(30)) - 7_200.0).abs() < 1.0);
        let files = course(|look, held| held.files += look / 16);
        assert_eq!(files.grown_beyond(MOST), ["49 open files, then 56"]);
        let threads = course(|look, held| held.threads += look / 16);
        assert_eq!(threads.grown_beyond(MOST), ["15 threads, then 22"]);
    }
}
