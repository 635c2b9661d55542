#include "turnpike/console/commands.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <thread>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/console/examples.hpp"
#include "turnpike/console/fields.hpp"
#include "turnpike/console/rollout.hpp"
#include "turnpike/console/screens.hpp"
#include "turnpike/console/text.hpp"
#include "turnpike/console/top.hpp"
#include "turnpike/relay/allocation_id.hpp"

namespace turnpike::console {
namespace {

constexpr std::size_t kPage = 500;
constexpr std::chrono::milliseconds kDrainInterval(200);

using Asked = Result<Answer, std::string>;

int fail(std::string_view command, std::string_view reason) {
  fmt::print(stderr, "turnpike: {}: {}\n", command, printable(reason));
  return kFailed;
}

// Of an answer that is none, or no good one.
int fail_with(std::string_view command, const Asked& asked) {
  if (!asked) return fail(command, asked.error());
  fail(command, asked->error());
  return asked->status == 400 || asked->status == 422 ? kUsage : kFailed;
}

bool is_good(const Asked& asked) { return asked && asked->is_good(); }

int print(std::string_view command, const Asked& asked, bool as_json,
          std::string (*text)(const boost::json::object&)) {
  if (!is_good(asked)) return fail_with(command, asked);
  fmt::print("{}", as_json ? asked->text + "\n" : text(asked->json));
  return kDone;
}

bool names_client(const std::string& whom) {
  return IpAddress::parse(whom).has_value() || Endpoint::parse(whom).has_value();
}

}  // namespace

Commands::Commands(CLI::App& app, const std::function<void(CLI::App& command)>& add_config) {
  const auto add_json = [this](CLI::App& command) {
    command.add_flag("--json", json_, "JSON instead of text for people");
  };
  add_json(add(app, "status", "tell how the server that runs is", kStatusExamples, &Commands::status));
  auto& list =
      add(app, "sessions", "list allocations that are alive", kSessionsExamples, &Commands::sessions);
  list.add_option("--room", room_, "of the participants of this room of LiveKit's")->option_text("ROOM");
  list.add_option("--user", user_, "of this user alone")->option_text("USER");
  add_json(list);
  auto& top = add(app, "top", "watch the allocations that relay most", kTopExamples, &Commands::top);
  top.add_flag("--once", once_, "one table, and no more");
  auto& explain =
      add(app, "explain", "tell what was refused lately, and why", kExplainExamples, &Commands::explain);
  explain.add_option("whom", whom_, "a user, or a client's ADDRESS or ADDRESS:PORT")
      ->option_text("CLIENT|USER")
      ->required();
  explain.add_option("--limit", limit_, "refusals at most")
      ->option_text("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  add_json(explain);
  auto& end = add(app, "end", "end allocations", kEndExamples, &Commands::end);
  auto* whose = end.add_option("whom", whom_, "the allocation, or the user whose allocations end")
                    ->option_text("USER|ALLOCATION");
  end.add_option("--room", room_, "those of all participants of this room")
      ->option_text("ROOM")
      ->excludes(whose);
  add_json(end);
  auto& bar =
      add(app, "bar", "end what a user has, and refuse the user for a time", kBarExamples, &Commands::bar);
  bar.add_option("user", whom_, "as `turnpike sessions` names users")->option_text("USER")->required();
  bar.add_option("--for", bar_s_, "how long; 0: the bar is lifted")
      ->option_text("SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(0, 31536000));
  add_json(bar);
  auto& drain = add(app, "drain", "grant nothing new, and end when the last allocation has", kDrainExamples,
                    &Commands::drain);
  drain.add_option("--wait", wait_s_, "wait until then, so long at most")
      ->option_text("SECONDS")
      ->check(CLI::Range(0, 31536000));
  auto* whole = drain.add_flag("--fleet", all_nodes_, "all nodes of the fleet, one after the other");
  drain.add_option("--return", return_s_, "how long each may take to come back; 0: none does")
      ->option_text("SECONDS")
      ->capture_default_str()
      ->needs(whole)
      ->check(CLI::Range(0, 86400));
  add_json(add(app, "fleet", "list the nodes of the fleet", kFleetExamples, &Commands::fleet));
  add(app, "reload", "have the server that runs read its configuration again", kReloadExamples,
      &Commands::reload);
  auto& level = add(app, "log-level", "tell or set from which level on the server logs", kLogLevelExamples,
                    &Commands::log_level);
  level.add_option("level", level_, "none: it is told")
      ->option_text("debug|info|warning|error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  add_json(add(app, "certificates", "tell which certificates the server shows, and until when",
               kCertificatesExamples, &Commands::certificates));
  for (const auto& [command, run] : commands_) add_config(*command);
}

CLI::App& Commands::add(CLI::App& app, const char* name, const char* about, const char* examples,
                        Run handler) {
  CLI::App* const command = app.add_subcommand(name, about);
  command->footer(examples);
  command->set_help_all_flag();  // it has no more
  commands_.emplace_back(command, handler);
  return *command;
}

std::optional<int> Commands::run(const std::function<config::ControlConfig()>& control) const {
  for (const auto& [command, run] : commands_) {
    if (!command->parsed()) continue;
    const Link link(control());
    return (this->*run)(link);
  }
  return std::nullopt;
}

int Commands::status(const Link& link) const {
  return print("status", link.get("/api/v1/status"), json_, status_screen);
}

int Commands::certificates(const Link& link) const {
  return print("certificates", link.get("/api/v1/certificates"), json_, certificates_text);
}

int Commands::top(const Link& link) const { return show_top(link, once_); }

// As JSON all pages together are one list, an object a line: a program can read it while it comes.
int Commands::sessions(const Link& link) const {
  std::string query = fmt::format("/api/v1/sessions?limit={}", kPage);
  if (!room_.empty()) query += "&room=" + percent_encoded(room_);
  if (!user_.empty()) query += "&user=" + percent_encoded(user_);
  std::size_t count = 0;
  bool is_whole = true;
  std::string after;
  do {
    const Asked page = link.get(after.empty() ? query : fmt::format("{}&after={}", query, after));
    if (!is_good(page)) return fail_with("sessions", page);
    const boost::json::array& sessions = array_in(page->json, "sessions");
    if (json_) {
      for (const auto& session : sessions) fmt::print("{}\n", boost::json::serialize(session));
    } else {
      fmt::print("{}", sessions_text(sessions));
    }
    count += sessions.size();
    is_whole = is_whole && is_true_in(page->json, "is_whole");
    after = text_in(page->json, "next");
  } while (!after.empty());
  if (!json_) fmt::print("{} allocation{}\n", count_text(count), count == 1 ? "" : "s");
  return is_whole ? kDone : fail("sessions", "a worker did not answer in time: its allocations are missing");
}

int Commands::explain(const Link& link) const {
  const Asked refusals =
      link.get(fmt::format("/api/v1/refusals?{}={}&limit={}", names_client(whom_) ? "client" : "user",
                           percent_encoded(whom_), limit_));
  if (!is_good(refusals)) return fail_with("explain", refusals);
  fmt::print("{}", json_ ? refusals->text + "\n" : refusals_text(whom_, refusals->json));
  return array_in(refusals->json, "refusals").empty() ? kFailed : kDone;
}

// What looks like an allocation may be a user's name, too.
int Commands::end(const Link& link) const {
  if (whom_.empty() == room_.empty()) {
    fail("end", "a user, an allocation or --room ROOM");
    return kUsage;
  }
  const auto end_by = [&](std::string_view what, const std::string& value) {
    return link.post("/api/v1/end", {{what, value}});
  };
  if (!room_.empty()) return print("end", end_by("room", room_), json_, ended_text);
  if (relay::parse_allocation_id(whom_)) {
    const Asked ended = end_by("allocation", whom_);
    if (!ended || ended->status != 404) return print("end", ended, json_, ended_text);
  }
  return print("end", end_by("user", whom_), json_, ended_text);
}

int Commands::bar(const Link& link) const {
  const Asked barred = link.post("/api/v1/bar", {{"user", whom_}, {"seconds", bar_s_}});
  if (!is_good(barred)) return fail_with("bar", barred);
  if (json_) {
    fmt::print("{}\n", barred->text);
  } else if (bar_s_ == 0) {
    fmt::print("{} is barred no more\n", printable(whom_));
  } else {
    fmt::print("{}{} is barred for {}\n", ended_text(barred->json), printable(whom_), duration_text(bar_s_));
  }
  return kDone;
}

// A server that has ended has no allocation left.
int Commands::drain(const Link& link) const {
  if (all_nodes_) return drain_fleet(link);
  const Asked draining = link.post("/api/v1/drain", {});
  if (!is_good(draining)) return fail_with("drain", draining);
  if (!wait_s_) {
    fmt::print("draining\n");
    return kDone;
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(*wait_s_);
  for (;;) {
    const Asked counts = link.get("/api/v1/counts");
    const std::uint64_t left = is_good(counts) ? number_in(counts->json, "allocations") : 0;
    if (left == 0) {
      fmt::print("drained\n");
      return kDone;
    }
    if (std::chrono::steady_clock::now() >= until)
      return fail("drain",
                  fmt::format("{} allocation{} left", count_text(left), left == 1 ? " is" : "s are"));
    std::this_thread::sleep_for(kDrainInterval);
  }
}

int Commands::drain_fleet(const Link& link) const {
  Rollout::World world{.fleet = [&] { return link.get("/api/v1/fleet"); },
                       .drain =
                           [&](const std::string& id) {
                             return link.post("/api/v1/fleet/drain", {{"node", id}});
                           },
                       .sleep = [](Duration time) { std::this_thread::sleep_for(time); },
                       .now = [] { return TimePoint(std::chrono::steady_clock::now().time_since_epoch()); },
                       .say =
                           [](const std::string& line) {
                             fmt::print("{}\n", line);
                             std::fflush(stdout);
                           }};
  RolloutOptions options;
  if (wait_s_) options.drained_within = std::chrono::seconds(*wait_s_);
  options.back_within = std::chrono::seconds(return_s_);
  const std::string why = Rollout(std::move(world), options).run();
  return why.empty() ? kDone : fail("drain", why);
}

int Commands::fleet(const Link& link) const {
  return print("fleet", link.get("/api/v1/fleet"), json_, fleet_text);
}

int Commands::reload(const Link& link) const {
  const Asked reloaded = link.ask({"POST", "/reload"});
  if (!is_good(reloaded)) return fail_with("reload", reloaded);
  fmt::print("{}\n", reloaded->text);
  return kDone;
}

int Commands::log_level(const Link& link) const {
  const Asked level =
      level_.empty() ? link.get("/api/v1/log-level") : link.post("/api/v1/log-level", {{"level", level_}});
  if (!is_good(level)) return fail_with("log-level", level);
  fmt::print("{}\n", text_in(level->json, "level"));
  return kDone;
}

}  // namespace turnpike::console
