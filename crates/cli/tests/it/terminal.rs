//! What is different on a terminal: it shows no token unasked, and answers to questions are typed there.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    process::Stdio,
    sync::{Arc, Condvar, Mutex},
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::{
    answers::{TOKEN, closed, granted, issued, lease},
    double::{Answer, Double},
    mayfly::Mayfly,
};

/// A busy machine takes a while to start a program.
const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal with the program in it.
struct Terminal {
    keyboard: File,
    screen: Arc<(Mutex<String>, Condvar)>,
    reader: JoinHandle<()>,
    child: Child,
}

impl Terminal {
    fn start(mayfly: &Mayfly, line: &str) -> Self {
        Self::of(mayfly.command(line))
    }

    /// The terminal of whatever this is.
    fn of(mut command: Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let side = || Stdio::from(slave.try_clone().unwrap());
        let child = command.stdin(side()).stdout(side()).stderr(side()).spawn().unwrap();
        let keyboard = File::from(master);
        let screen = Arc::<(Mutex<String>, Condvar)>::default();
        let reader = thread::spawn({
            let (mut output, screen) = (keyboard.try_clone().unwrap(), Arc::clone(&screen));
            move || follow(&mut output, &screen)
        });
        Self { keyboard, screen, reader, child }
    }

    /// Waits until the screen shows a text.
    fn wait_for(&self, text: &str) {
        let (shown, changed) = &*self.screen;
        let waited = changed.wait_timeout_while(shown.lock().unwrap(), PATIENCE, |shown| !shown.contains(text));
        let (shown, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "waited in vain for `{text}`: {shown}");
    }

    /// All that was ever on the screen.
    fn shown(&self) -> String {
        self.screen.0.lock().unwrap().clone()
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// The exit code, and all that was ever on the screen.
    async fn end(mut self) -> (i32, String) {
        let code = self.child.wait().await.unwrap().code().unwrap();
        // The reader ends when the last holder of the other side is gone.
        self.reader.join().unwrap();
        (code, self.screen.0.lock().unwrap().clone())
    }
}

/// A command that has a terminal as its own, and neither reads nor writes there. It holds it open: the screen is dark where
/// nobody does.
fn apart(command: &Command) -> Command {
    let command = command.as_std();
    let mut apart = Command::new("/usr/bin/setsid");
    apart.args(["--ctty", "--wait", "/bin/sh", "-c", "exec \"$0\" \"$@\" 3<&0 </dev/null >/dev/null 2>&1"]);
    apart.arg(command.get_program()).args(command.get_args()).current_dir(command.get_current_dir().unwrap());
    apart.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    apart
}

fn follow(output: &mut File, (shown, changed): &(Mutex<String>, Condvar)) {
    let mut buffer = [0; 4096];
    loop {
        match output.read(&mut buffer) {
            // A terminal without a program is an input-output error on Linux, an end elsewhere.
            Ok(0) | Err(_) => return,
            Ok(count) => shown.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count])),
        }
        changed.notify_all();
    }
}

#[tokio::test]
async fn a_token_is_neither_issued_nor_shown_unasked() {
    let server = Double::start().await;
    server.on("POST /api/v1/dynamic-secrets/leases", Answer::json(&issued()));
    let mayfly = Mayfly::at(&server);
    for format in ["text", "json", "token", "env"] {
        let (code, screen) = Terminal::start(&mayfly, &format!("token x --project shop -o {format}")).end().await;
        assert_eq!(code, 2, "{screen}");
        assert!(screen.contains("nothing was issued") && screen.contains("--show"), "{screen}");
    }
    assert_eq!(server.calls(), Vec::<String>::new());
    let (code, screen) = Terminal::start(&mayfly, "token x --project shop --show").end().await;
    assert!(code == 0 && screen.contains(TOKEN), "{screen}");
}

#[tokio::test]
async fn a_client_secret_is_asked_for_and_not_shown() {
    let server = Double::start().await;
    server.on("POST /api/v1/auth/universal-auth/login", Answer::json(&granted("session-token")));
    let mayfly = Mayfly::new().with("TERM", "xterm");
    let mut terminal = Terminal::start(&mayfly, &format!("login {} --client-id id", server.address()));
    terminal.wait_for("client secret:");
    terminal.press("hunter2\r");
    let (code, screen) = terminal.end().await;
    assert!(code == 0 && !screen.contains("hunter2"), "{screen}");
    assert_eq!(server.only_body()["clientSecret"], "hunter2");
}

// The double answers while this test waits for the screen.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_ended_by_a_yes_to_what_that_does() {
    let server = Double::start().await;
    server.on("GET /api/v1/dynamic-secrets/leases/l-1", Answer::json(&json!({"lease": lease("l-1")})));
    server.on("DELETE /api/v1/dynamic-secrets/leases/l-1", Answer::json(&json!({"lease": closed("l-1")})));
    let mayfly = Mayfly::at(&server).with("TERM", "xterm");
    for (answer, exit, deletions) in [("n\r", 130, 0), ("\u{3}", 130, 0), ("y\r", 0, 1)] {
        let mut terminal = Terminal::start(&mayfly, "lease revoke l-1 --project shop");
        terminal.wait_for("End it?");
        terminal.press(answer);
        let (code, screen) = terminal.end().await;
        assert_eq!(code, exit, "{screen}");
        assert!(screen.contains("nobody can take its token back"), "{screen}");
        let deleted = server.calls().iter().filter(|call| call.starts_with("DELETE")).count();
        assert_eq!(deleted, deletions, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_in_front_of_a_terminal_is_interrupted_once_whatever_its_input_is() {
    let server = Double::start().await;
    let mut answer = issued();
    answer["lease"]["cluster"] = json!({"server": "https://k8s.example.com:6443", "caData": null, "forClients": true});
    server.on("POST /api/v1/dynamic-secrets/leases", Answer::json(&answer));
    server.on("DELETE /api/v1/dynamic-secrets/leases/l-1", Answer::json(&json!({"lease": closed("l-1")})));
    let mayfly = Mayfly::at(&server);
    let script = "trap 'echo interrupted >/dev/tty' INT; trap 'exit 21' TERM; echo parent $PPID is here >/dev/tty; \
                  while :; do /bin/sleep 0.05; done";
    mayfly.file("wait.sh", script);
    let mut terminal = Terminal::of(apart(&mayfly.command("exec ci-deployer --project shop -- /bin/sh wait.sh")));
    terminal.wait_for("is here");
    terminal.press("\u{3}");
    terminal.wait_for("interrupted");
    let parent = terminal.shown().split("parent ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    // Two at nearly the same time would be one to a shell: the second comes to the program alone, when the first is through.
    for signal in [Signal::INT, Signal::TERM] {
        kill_process(Pid::from_raw(parent).unwrap(), signal).unwrap();
    }
    let (code, screen) = terminal.end().await;
    assert_eq!((code, screen.matches("interrupted").count()), (21, 1), "{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_says_what_becomes_of_leases() {
    let server = Double::start().await;
    let mayfly = Mayfly::at(&server).with("TERM", "xterm");
    for (line, question) in [
        ("secret rm x --project shop", "Remove `x`? Its leases end now."),
        ("secret rm x --project shop --leases run-out", "Remove `x`? Its leases go on until their time is up."),
        ("secret rm x --project shop --leases refuse", "Remove `x`? While it has leases, this is refused."),
        ("secret update x --project shop --max-ttl 1h --leases end", "Change `x`? Its leases end now."),
    ] {
        let mut terminal = Terminal::start(&mayfly, line);
        terminal.wait_for(question);
        terminal.press("n\r");
        assert_eq!(terminal.end().await.0, 130);
    }
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn pipelines_and_those_who_want_no_questions_are_not_asked() {
    let server = Double::start().await;
    for (mayfly, flag) in [(Mayfly::at(&server).with("CI", "true"), ""), (Mayfly::at(&server), " --no-input")] {
        let (code, screen) = Terminal::start(&mayfly, &format!("lease revoke l-1 --project shop{flag}")).end().await;
        assert!(code == 2 && screen.contains("add `-y`"), "{screen}");
        let (code, screen) = Terminal::start(&mayfly, &format!("login --client-id id{flag}")).end().await;
        assert!(code == 2 && screen.contains("there is no client secret"), "{screen}");
    }
    assert_eq!(server.calls(), Vec::<String>::new());
}
