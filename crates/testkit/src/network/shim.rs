//! A cable with weather: a program between its two ends that holds frames back, loses some and lets others overtake.
//!
//! The kernel of a usual machine does without netem, so it is done here. Each end is a `macvtap` over one side of a pair of `veth`:
//! a character device that gives and takes whole frames. Unlike a TUN device that is opened like any file, without the call for
//! which Rust asks for `unsafe`; nothing of TCP ends here, and both rooms keep their usual cable. What it costs by itself, there
//! and back, is measured by a test below: far less than 0.3 ms.

mod ends;
mod queue;
mod weather;

use std::{
    fs::File,
    io::{self, PipeWriter, Read as _, Write as _},
    os::fd::AsFd as _,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

use self::queue::Queue;
pub use self::weather::Weather;
use super::namespace::Namespace;

/// Bytes of a frame at most, with what the kernel says before it.
const LARGEST_FRAME: usize = 70_000;

/// Which of the two ends a frame goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// The end that was named first.
    First,
    /// The other.
    Second,
}

/// The program, for as long as this lives. With good weather it passes everything on at once.
#[derive(Debug)]
pub struct Shim {
    to_first: Weathered,
    to_second: Weathered,
    /// Nothing runs in it; its interfaces are the ends.
    _namespace: Namespace,
    /// Both threads see it close.
    _stop: PipeWriter,
}

type Weathered = Arc<Mutex<Weather>>;

impl Shim {
    /// A cable between `first` and `second`, as [`Namespace::cable`] makes one. The same `seed` gives each frame the same lot, in the
    /// order of their coming.
    pub(super) fn cable(
        first: &Namespace,
        second: &Namespace,
        names: [(&str, &str); 2],
        seed: u64,
    ) -> anyhow::Result<Self> {
        let namespace = Namespace::create("weather")?;
        let near = ends::attach(&namespace, first, "first", names[0])?;
        let far = ends::attach(&namespace, second, "second", names[1])?;
        let (stopped, stop) = io::pipe().context("make a pipe")?;
        let (to_first, to_second) = (Weathered::default(), Weathered::default());
        let lots = [(seed.wrapping_mul(2), &to_second), (seed.wrapping_mul(2).wrapping_add(1), &to_first)];
        for ((from, to), (seed, weather)) in [(&near, &far), (&far, &near)].into_iter().zip(lots) {
            let passing = Passing {
                from: from.try_clone()?,
                to: to.try_clone()?,
                stopped: stopped.try_clone()?,
                weather: Arc::clone(weather),
                queue: Queue::new(seed),
            };
            thread::spawn(move || {
                if let Err(error) = passing.run() {
                    let _ = writeln!(io::stderr(), "a cable with weather broke: {error}");
                }
            });
        }
        Ok(Self { to_first, to_second, _namespace: namespace, _stop: stop })
    }

    /// Sets the weather for what comes from now on, in one direction.
    pub fn set(&self, towards: Towards, weather: Weather) {
        let weathered = match towards {
            Towards::First => &self.to_first,
            Towards::Second => &self.to_second,
        };
        *weathered.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    /// The same in both.
    pub fn set_both(&self, weather: Weather) {
        self.set(Towards::First, weather);
        self.set(Towards::Second, weather);
    }
}

/// One direction.
struct Passing {
    from: File,
    to: File,
    stopped: io::PipeReader,
    weather: Weathered,
    queue: Queue,
}

impl Passing {
    #[expect(
        clippy::disallowed_methods,
        reason = "frames are held by the machine's own time, to far less than its milliseconds"
    )]
    fn run(mut self) -> io::Result<()> {
        let begun = Instant::now();
        let mut frame = vec![0; LARGEST_FRAME];
        loop {
            while let Some(due) = self.queue.due(begun.elapsed()) {
                // An end that is down takes nothing, as with any cable.
                let _ = self.to.write(&due);
            }
            let patience = self.queue.next().map(|next| next.saturating_sub(begun.elapsed()));
            if self.wait(patience)? {
                return Ok(());
            }
            let weather = *self.weather.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                match self.from.read(&mut frame) {
                    Ok(count) => self.queue.take(frame.get(..count).unwrap_or_default(), begun.elapsed(), &weather),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Waits for a frame, or as long as `patience` lasts. True when it has to stop.
    fn wait(&self, patience: Option<Duration>) -> io::Result<bool> {
        let limit = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let (from, stopped) = (self.from.as_fd(), self.stopped.as_fd());
        let mut both =
            [PollFd::from_borrowed_fd(from, PollFlags::IN), PollFd::from_borrowed_fd(stopped, PollFlags::IN)];
        match poll(&mut both, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(!both[1].revents().is_empty())
    }
}
