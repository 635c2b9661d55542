#include "turnpike/console/top.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "turnpike/console/commands.hpp"
#include "turnpike/console/fields.hpp"
#include "turnpike/console/screens.hpp"
#include "turnpike/console/text.hpp"

namespace turnpike::console {
namespace {

constexpr int kInterval_ms = 2000;
constexpr std::size_t kRowsMax = 200;
constexpr std::size_t kRowsOnce = 50;
constexpr std::size_t kHeadRows = 3;  // the line, an empty one, the titles

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int) { interrupted = 1; }

// The terminal as `top` wants it: keys at once and unseen, a screen of its own. As it was before, in the end.
class Terminal {
 public:
  Terminal() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    struct sigaction action {};
    action.sa_handler = note_interrupt;  // without SA_RESTART: whoever waits is woken
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
    print("\x1b[?1049h\x1b[?25l");
  }
  ~Terminal() {
    print("\x1b[?25h\x1b[?1049l");
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  static std::size_t rows() {
    winsize size{};
    const bool is_known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    return is_known ? size.ws_row : 24;
  }
  static std::size_t columns() {
    winsize size{};
    const bool is_known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return is_known ? size.ws_col : kColumns;
  }

  // What stands there is written over, so that nothing flickers.
  static void show(std::string_view screen) {
    std::string text = "\x1b[H";
    std::size_t left = rows();
    while (!screen.empty() && left > 0) {
      const std::string_view line = screen.substr(0, screen.find('\n'));
      screen.remove_prefix(std::min(line.size() + 1, screen.size()));
      text += cut_to(line, columns()) + "\x1b[K";
      if (--left > 0 && !screen.empty()) text += '\n';
    }
    print(text + "\x1b[J");
  }

  // False: whoever looks has seen enough.
  static bool wait() {
    pollfd key{STDIN_FILENO, POLLIN, 0};
    if (::poll(&key, 1, kInterval_ms) <= 0) return interrupted == 0;
    char pressed = 0;
    return ::read(STDIN_FILENO, &pressed, 1) == 1 && pressed != 'q' && pressed != 'Q' && interrupted == 0;
  }

 private:
  static void print(std::string_view text) {
    fmt::print("{}", text);
    std::fflush(stdout);
  }

  termios before_{};
};

struct Screen {
  std::string text;
  bool is_good = true;
};

Screen screen_of(const Link& link, std::size_t rows, std::string_view hint) {
  const auto counts = link.get("/api/v1/counts");
  if (!counts) return {counts.error() + "\n", false};
  const std::size_t wanted = std::clamp<std::size_t>(rows, 1, kRowsMax);
  const auto sessions = link.get(fmt::format("/api/v1/sessions?sort=bits_per_second&limit={}", wanted));
  if (!sessions) return {sessions.error() + "\n", false};
  if (!counts->is_good()) return {counts->error() + "\n", false};
  if (!sessions->is_good()) return {sessions->error() + "\n", false};
  std::string text = fmt::format("turnpike: {}{}\n\n", counts_line(counts->json), hint);
  return {text + sessions_table(array_in(sessions->json, "sessions"), wanted)};
}

}  // namespace

int show_top(const Link& link, bool once) {
  Screen screen = screen_of(link, kRowsOnce, "");
  if (!screen.is_good) {
    fmt::print(stderr, "turnpike: top: {}", screen.text);
    return kFailed;
  }
  if (once || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
    fmt::print("{}", screen.text);
    return kDone;
  }
  std::optional<Terminal> terminal(std::in_place);
  do {
    const std::size_t rows = Terminal::rows();
    screen = screen_of(link, rows - std::min(rows, kHeadRows), "; q ends");
    Terminal::show(screen.text);
  } while (screen.is_good && Terminal::wait());
  terminal.reset();
  if (!screen.is_good) fmt::print(stderr, "turnpike: top: {}", screen.text);
  return screen.is_good ? kDone : kFailed;
}

}  // namespace turnpike::console
