#include "turnpike/console/screens.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "turnpike/console/fields.hpp"
#include "turnpike/console/text.hpp"

namespace turnpike::console {
namespace {

namespace json = boost::json;

constexpr std::size_t kWhom = 60;      // columns of a name in a sentence
constexpr std::size_t kPeersTold = 8;  // of an allocation; of others the number

std::string plural(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count_text(count), what, count == 1 ? "" : "s");
}

// "  name: text", wrapped; nothing where there is no text.
void add_line(std::string& screen, std::string_view name, const std::string& text) {
  if (text.empty()) return;
  const std::string title = name.empty() ? "  " : fmt::format("  {}: ", name);
  std::string indent = title;
  for (const std::string& line : wrapped(text, kColumns - title.size())) {
    screen += indent + line + "\n";
    indent.assign(title.size(), ' ');
  }
}

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

// "over_budget 12, no_route 4", the most first.
std::string tally_text(const json::object& tally) {
  std::vector<std::pair<std::uint64_t, std::string>> rows;
  for (const auto& member : tally) {
    const std::string_view name(member.key().data(), member.key().size());
    rows.emplace_back(number_in(tally, name), printable(name));
  }
  std::ranges::stable_sort(rows, std::ranges::greater(), [](const auto& row) { return row.first; });
  std::vector<std::string> texts;
  for (const auto& [count, name] : rows) texts.push_back(fmt::format("{} {}", name, count_text(count)));
  return joined(texts);
}

std::string direction_text(const json::object& direction) {
  const json::object& kernel = object_in(direction, "kernel");
  const json::object& sockets = object_in(direction, "sockets");
  const std::uint64_t by_kernel = number_in(kernel, "packets");
  const std::uint64_t packets = by_kernel + number_in(sockets, "packets");
  std::string text = fmt::format("{}, {}", plural(packets, "packet"),
                                 bytes_text(number_in(kernel, "bytes") + number_in(sockets, "bytes")));
  if (by_kernel != 0) text += fmt::format(", {} % of them by the kernel", 100 * by_kernel / packets);
  return text;
}

std::string engine_text(const json::object& engine) {
  std::string text = text_in(engine, "setting");
  if (!is_true_in(engine, "kernel")) {
    const std::string reason = text_in(engine, "reason");
    return text + "; the sockets relay everything" + (reason.empty() ? "" : ": " + reason);
  }
  text += fmt::format("; {} in the kernel", plural(number_in(engine, "flows"), "flow"));
  for (const json::object* interface : objects_in(engine, "interfaces"))
    text += fmt::format(", {} {}", text_in(*interface, "name"), text_in(*interface, "engine"));
  return text;
}

std::string certificate_text(const json::object& certificate) {
  std::string text =
      fmt::format("{} ({})", text_in(certificate, "certificate"), joined(texts_in(certificate, "names")));
  if (has(certificate, "expires_in_days"))
    text += fmt::format(", until {}, {} left", text_in(certificate, "expires"),
                        plural(number_in(certificate, "expires_in_days"), "day"));
  for (const std::string_view notes : {"faults", "warnings"}) {
    for (const std::string& note : texts_in(certificate, notes)) text += "; " + note;
  }
  return text;
}

std::string relays_text(const json::object& status) {
  std::vector<std::string> addresses = texts_in(status, "relay_addresses");
  for (std::string& address : addresses) {
    const std::string seen = text_in(object_in(status, "relay_external"), address);
    if (!seen.empty()) address += fmt::format(" (seen as {})", seen);
  }
  return fmt::format("{}, ports {}", addresses.empty() ? "none" : joined(addresses),
                     text_in(status, "relay_ports"));
}

std::string ports_text(const json::object& ports) {
  return fmt::format("{} leased, {} resting, {} free", count_text(number_in(ports, "leased")),
                     count_text(number_in(ports, "resting")), count_text(number_in(ports, "free")));
}

// "alice (PA_x) in standup", or the user alone.
std::string who(const json::object& session) {
  const std::string user = text_in(session, "user"), identity = text_in(session, "identity");
  const std::string room = text_in(session, "room");
  std::string text = identity.empty() ? user : fmt::format("{} ({})", identity, user);
  if (!room.empty()) text += " in " + room;
  return text;
}

std::string client_of(const json::object& object) {
  return fmt::format("{} {}", text_in(object, "transport"), text_in(object, "client"));
}

std::string first_of(std::vector<std::string> texts, std::uint64_t total) {
  const std::size_t told = std::min(texts.size(), kPeersTold);
  texts.resize(told);
  if (total > told) texts.push_back(fmt::format("and {} more", total - told));
  return texts.empty() ? "none" : joined(texts);
}

std::vector<std::string> channels_of(const json::object& session) {
  std::vector<std::string> channels;
  for (const json::object* channel : objects_in(session, "channels"))
    channels.push_back(fmt::format("{:#x} {}", number_in(*channel, "number"), text_in(*channel, "peer")));
  return channels;
}

std::string session_text(const json::object& session) {
  const std::string pace = cut_to(
      fmt::format("{}, {}", bits_text(number_in(session, "bits_per_second")), text_in(session, "engine")),
      30);
  const std::string id = cut_to(text_in(session, "allocation"), 16);
  const std::size_t room = kColumns - width_of(id) - width_of(pace) - 4;
  const std::string name = cut_to(who(session), room);
  std::string text = fmt::format("{}  {}{:{}}  {}\n", id, name, "", room - width_of(name), pace);
  add_line(text, "",
           fmt::format("{} to {}, relayed {}", client_of(session), text_in(session, "server"),
                       joined(texts_in(session, "relayed"))));
  add_line(text, "peers", first_of(texts_in(session, "peers"), number_in(session, "peers_total")));
  if (number_in(session, "channels_total") != 0)
    add_line(text, "channels", first_of(channels_of(session), number_in(session, "channels_total")));
  const auto sent = [&](std::string_view direction) {
    return fmt::format("{} ({})", count_text(number_in(session, fmt::format("packets_{}", direction))),
                       bytes_text(number_in(session, fmt::format("bytes_{}", direction))));
  };
  add_line(
      text, "packets",
      fmt::format("{} from the client, {} to it, {} dropped; since {} ago, expires in {}",
                  sent("from_client"), sent("to_client"), count_text(number_in(session, "packets_dropped")),
                  duration_text(static_cast<std::int64_t>(number_in(session, "seconds"))),
                  duration_text(static_cast<std::int64_t>(number_in(session, "expires_in_s")))));
  return text;
}

struct Column {
  std::string_view title;
  std::size_t width;
  bool to_the_right = false;
};

constexpr Column kTable[] = {{"RATE", 11, true}, {"ALLOCATION", 16}, {"ENGINE", 7},
                             {"CLIENT", 27},     {"USER", 19},       {"ROOM", 10}};

constexpr std::size_t kColumnsOfFleet = 80;
constexpr Column kNodes[] = {{"", 1},           {"NODE", 8},         {"REGION", 15},
                             {"LOAD", 5, true}, {"PORTS", 13, true}, {"RATE", 11, true},
                             {"STATE", 10}};

std::vector<std::string> titles_of(std::span<const Column> columns) {
  std::vector<std::string> titles;
  for (const Column& column : columns) titles.emplace_back(column.title);
  return titles;
}

std::string row_text(std::span<const Column> columns, const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cell = cut_to(cells[i], columns[i].width);
    const std::string space(columns[i].width - width_of(cell), ' ');
    line += columns[i].to_the_right ? space + cell : cell + space;
    line += "  ";
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// A row, and below it what has no column.
std::string node_text(const json::object& node) {
  const bool is_this = is_true_in(node, "is_this");
  std::string text =
      row_text(kNodes, {is_this ? "*" : "", text_in(node, "node").substr(0, kNodes[1].width),
                        text_in(node, "region"), fmt::format("{} %", number_in(node, "load_permille") / 10),
                        fmt::format("{}/{}", number_in(node, "ports_used"), number_in(node, "ports_total")),
                        bits_text(number_in(node, "bits_per_second")),
                        is_true_in(node, "is_draining") ? "draining" : "serving"});
  std::vector<std::string> rest = texts_in(node, "addresses");
  for (const char* what : {"certificate_name", "engine"}) {
    if (std::string told = text_in(node, what); !told.empty()) rest.push_back(std::move(told));
  }
  if (const std::string version = text_in(node, "version"); !version.empty())
    rest.push_back("turnpike " + version);
  if (!is_this) rest.push_back(fmt::format("heard of {} s ago", number_in(node, "heard_s_ago")));
  for (const std::string& line : wrapped(joined(rest), kColumnsOfFleet - 3)) text += "   " + line + "\n";
  return text;
}

// What makes two refusals the same but for their time.
std::string what_of(const json::object& refusal) {
  std::string text = fmt::format("{} {} {}", text_in(refusal, "method"), number_in(refusal, "code"),
                                 text_in(refusal, "cause"));
  for (const char* whom : {"peer", "alternate"}) {
    if (const std::string address = text_in(refusal, whom); !address.empty())
      text += fmt::format(" ({})", address);
  }
  return fmt::format("{}: {}", text, text_in(refusal, "meaning"));
}

std::string by_whom(const json::object& refusal) {
  const std::string user = text_in(refusal, "user");
  std::string text = client_of(refusal);
  if (!user.empty())
    text += fmt::format("  {}{}", user, is_true_in(refusal, "user_is_proven") ? "" : " (unproven)");
  return text;
}

}  // namespace

std::string counts_line(const json::object& counts) {
  return fmt::format("{}, {}, {}", text_in(counts, "state"),
                     plural(number_in(counts, "allocations"), "allocation"),
                     bits_text(number_in(counts, "bits_per_second")));
}

std::string status_screen(const json::object& status) {
  std::string screen = fmt::format("turnpike {}: {}\n", text_in(status, "version"), counts_line(status));
  const auto uptime = static_cast<std::int64_t>(number_in(status, "seconds"));
  add_line(screen, "since", fmt::format("{}, {} ago", text_in(status, "since"), duration_text(uptime)));
  add_line(screen, "realm", text_in(status, "realm"));
  add_line(screen, "listeners", joined(texts_in(status, "listeners")));
  add_line(screen, "relays", relays_text(status));
  add_line(screen, "ports", ports_text(object_in(status, "ports")));
  if (const std::uint64_t reservations = number_in(status, "reservations"); reservations != 0)
    add_line(screen, "reservations", count_text(reservations));
  add_line(screen, "workers", count_text(number_in(status, "workers")));
  add_line(screen, "engine", engine_text(object_in(status, "engine")));
  const json::object& traffic = object_in(status, "traffic");
  add_line(screen, "from clients", direction_text(object_in(traffic, "from_client")));
  add_line(screen, "to clients", direction_text(object_in(traffic, "to_client")));
  add_line(screen, "dropped", tally_text(object_in(status, "drops")));
  add_line(screen, "refused", tally_text(object_in(status, "refusals")));
  for (const json::object* certificate : objects_in(status, "certificates"))
    add_line(screen, "certificate", certificate_text(*certificate));
  add_line(screen, "last reload refused", text_in(status, "reload_refused"));
  add_line(screen, "log level", text_in(status, "log_level"));
  return screen;
}

std::string sessions_text(const json::array& sessions) {
  std::string text;
  for (const json::value& each : sessions) {
    if (each.is_object()) text += session_text(each.get_object()) + "\n";
  }
  return text;
}

std::string sessions_table(const json::array& sessions, std::size_t rows) {
  std::string text = row_text(kTable, titles_of(kTable));
  for (const json::value& each : sessions) {
    if (!each.is_object() || rows == 0) continue;
    --rows;
    const json::object& session = each.get_object();
    const std::string identity = text_in(session, "identity");
    text +=
        row_text(kTable, {bits_text(number_in(session, "bits_per_second")), text_in(session, "allocation"),
                          text_in(session, "engine"), client_of(session),
                          identity.empty() ? text_in(session, "user") : identity, text_in(session, "room")});
  }
  return text;
}

std::string refusals_text(std::string_view whom, const json::object& answer) {
  std::string text;
  if (has(answer, "allocations")) {
    text = fmt::format("{}: {}", cut_to(printable(whom), kWhom),
                       plural(number_in(answer, "allocations"), "allocation"));
    const std::uint64_t barred_s = number_in(answer, "barred_for_s");
    if (barred_s != 0)
      text += fmt::format(", barred for {}", duration_text(static_cast<std::int64_t>(barred_s)));
    if (barred_s == 0 && is_true_in(answer, "is_barred")) text += ", barred";
    text += "\n";
  }
  const auto refusals = objects_in(answer, "refusals");
  if (refusals.empty())
    text += fmt::format("no refusal of {} is remembered\n", cut_to(printable(whom), kWhom));
  for (std::size_t i = 0; i < refusals.size();) {
    const json::object& refusal = *refusals[i];
    std::size_t times = 1;
    while (i + times < refusals.size() && by_whom(*refusals[i + times]) == by_whom(refusal) &&
           what_of(*refusals[i + times]) == what_of(refusal))
      ++times;
    text += cut_to(fmt::format("{}  {}", text_in(refusal, "at"), by_whom(refusal)), kColumns) + "\n";
    add_line(text, times == 1 ? "" : fmt::format("{} times", times), what_of(refusal));
    i += times;
  }
  return text;
}

std::string certificates_text(const json::object& answer) {
  std::string text;
  for (const json::object* certificate : objects_in(answer, "certificates")) {
    text += text_in(*certificate, "certificate") + "\n";
    add_line(text, "key", text_in(*certificate, "key"));
    add_line(text, "names", joined(texts_in(*certificate, "names")));
    if (has(*certificate, "expires"))
      add_line(text, "expires",
               fmt::format("{}, {} left", text_in(*certificate, "expires"),
                           plural(number_in(*certificate, "expires_in_days"), "day")));
    for (const std::string& fault : texts_in(*certificate, "faults")) add_line(text, "fault", fault);
    for (const std::string& warning : texts_in(*certificate, "warnings")) add_line(text, "warning", warning);
  }
  return text.empty() ? "no listener uses a certificate\n" : text;
}

std::string fleet_text(const json::object& fleet) {
  if (!is_true_in(fleet, "is_in_fleet")) return "this server is in no fleet: fleet.redis.url is not set\n";
  const auto nodes = objects_in(fleet, "nodes");
  std::string text = row_text(kNodes, titles_of(kNodes));
  for (const json::object* node : nodes) text += node_text(*node);
  text += fmt::format("{}; * is the one that was asked", plural(nodes.size(), "node"));
  if (!is_true_in(fleet, "is_connected")) text += "; Redis is away, so others may be there";
  return text + "\n";
}

std::string ended_text(const json::object& answer) {
  std::string text;
  const auto ended = objects_in(answer, "ended");
  for (const json::object* session : ended) {
    text += cut_to(fmt::format("ended {}  {}  {}", text_in(*session, "allocation"), client_of(*session),
                               who(*session)),
                   kColumns) +
            "\n";
  }
  const std::uint64_t total = number_in(answer, "ended_total");
  if (total > ended.size()) text += fmt::format("and {} more\n", count_text(total - ended.size()));
  return text + fmt::format("{} ended\n", plural(total, "allocation"));
}

}  // namespace turnpike::console
