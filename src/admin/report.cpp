#include "turnpike/admin/report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "turnpike/admin/meaning.hpp"
#include "turnpike/relay/allocation_id.hpp"

namespace turnpike::admin {
namespace {

namespace json = boost::json;

constexpr UnixSeconds kDay_s = 86400;

// How many bytes the character there has; 0: it is no well-formed UTF-8 (RFC 3629).
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool is_no_character = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return is_overlong || is_no_character ? 0 : size;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::int64_t seconds_of(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

template <class List>
json::array texts(const List& list) {
  json::array array;
  for (const auto& each : list) array.emplace_back(each.to_string());
  return array;
}

void add_traffic(json::object& out, const relay::Traffic& traffic) {
  out["packets_from_client"] = traffic.packets_from_client;
  out["bytes_from_client"] = traffic.bytes_from_client;
  out["packets_to_client"] = traffic.packets_to_client;
  out["bytes_to_client"] = traffic.bytes_to_client;
  out["packets_dropped"] = traffic.packets_dropped;
}

json::object to_json(const worker::Volume& volume) {
  return {{"packets", volume.packets}, {"bytes", volume.bytes}};
}

template <class Enum, std::size_t size>
json::object nonzero(const Tally<Enum, size>& tally) {
  json::object out;
  for (std::size_t i = 0; i < size; ++i) {
    const auto value = static_cast<Enum>(i);
    if (tally.of(value) != 0) out[to_string(value)] = tally.of(value);
  }
  return out;
}

json::object traffic_json(const worker::Counters& counters) {
  json::object out;
  for (const auto direction : {worker::Direction::from_client, worker::Direction::to_client}) {
    worker::Volume by_sockets;
    for (const worker::Volume& volume : counters.sockets[static_cast<std::size_t>(direction)])
      by_sockets += volume;
    const bool from_client = direction == worker::Direction::from_client;
    out[from_client ? "from_client" : "to_client"] =
        json::object{{"sockets", to_json(by_sockets)},
                     {"kernel", to_json(counters.kernel[static_cast<std::size_t>(direction)])}};
  }
  return out;
}

json::array notes_json(const std::vector<net::TlsFileNote>& notes, const net::TlsFiles& files) {
  json::array list;
  for (const net::TlsFileNote& note : notes) {
    const std::string path = note.is_about_key ? "" : files.certificate + ": ";  // which stands beside it
    const bool is_known = !path.empty() && note.text.starts_with(path);
    list.emplace_back(json_text(is_known ? note.text.substr(path.size()) : note.text));
  }
  return list;
}

}  // namespace

std::string json_text(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string ascii;
  for (const unsigned char c : text)
    ascii += c < 0x80 ? std::string(1, static_cast<char>(c)) : fmt::format("\\x{:02x}", c);
  return ascii;
}

std::string date_text(UnixSeconds time_unix_s) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(time_unix_s)));
}

json::object session_json(const worker::Session& session, const FindRoom& find_room, const Now& now) {
  json::object out{{"allocation", relay::to_text(session.allocation)}, {"user", json_text(session.user_id)}};
  if (const auto where = find_room(session.user_id)) {
    out["room"] = json_text(where->room_name);
    if (!where->identity.empty()) out["identity"] = json_text(where->identity);
  }
  out["transport"] = to_string(session.tuple.transport);
  out["client"] = session.tuple.client.to_string();
  out["server"] = session.tuple.server.to_string();
  out["relayed"] = texts(session.relayed);
  out["peers"] = texts(session.peers);
  out["peers_total"] = session.peers_total;
  json::array& channels = out["channels"].emplace_array();
  for (const turn::Channel& channel : session.channels)
    channels.push_back({{"number", channel.number}, {"peer", channel.peer.to_string()}});
  out["channels_total"] = session.channels_total;
  out["engine"] = to_string(session.pace.engine);
  add_traffic(out, session.traffic);
  out["bits_per_second"] = session.pace.bits_per_second;
  const std::int64_t age_s = seconds_of(now.monotonic - std::min(session.since, now.monotonic));
  out["since"] = date_text(now.unix_s - age_s);
  out["seconds"] = age_s;
  out["expires_in_s"] = seconds_of(std::max(session.expires, now.monotonic) - now.monotonic);
  return out;
}

json::array sessions_json(const std::vector<worker::Session>& sessions, const FindRoom& find_room,
                          const Now& now) {
  json::array list;
  for (const worker::Session& session : sessions) list.push_back(session_json(session, find_room, now));
  return list;
}

json::array refusals_json(const std::vector<worker::RefusalRecord>& refusals) {
  json::array list;
  for (const worker::RefusalRecord& refusal : refusals) {
    json::object out{{"at", date_text(refusal.at_unix_s)},
                     {"transport", to_string(refusal.tuple.transport)},
                     {"client", refusal.tuple.client.to_string()},
                     {"server", refusal.tuple.server.to_string()}};
    if (refusal.user_size != 0) {
      out["user"] = json_text(refusal.user());
      out["user_is_proven"] = refusal.user_is_proven;
    }
    out["method"] = name_of(refusal.method);
    out["code"] = refusal.code;
    out["cause"] = to_string(refusal.cause);
    out["meaning"] = meaning_of(refusal.cause);
    if (refusal.peer.family() != Family::none) out["peer"] = refusal.peer.to_string();
    if (refusal.alternate.family() != Family::none) out["alternate"] = refusal.alternate.to_string();
    list.push_back(std::move(out));
  }
  return list;
}

json::object counts_json(const Counts& counts) {
  const turn::PortCounts& ports = counts.ledger.ports;
  const worker::Counters& counters = counts.counters;
  const std::size_t reservations = counts.ledger.reservations;
  return {
      {"state", counts.obstacle.empty() ? "ready" : counts.obstacle},
      {"workers", counts.workers},
      {"allocations", counts.ledger.places - std::min(reservations, counts.ledger.places)},
      {"reservations", reservations},
      {"ports",
       {{"total", ports.total}, {"leased", ports.leased}, {"resting", ports.resting}, {"free", ports.free}}},
      {"bits_per_second", counts.bits_per_second},
      {"traffic", traffic_json(counters)},
      {"drops", nonzero(counters.drops)},
      {"refusals", nonzero(counters.refusals)}};
}

json::object certificate_json(const net::TlsFiles& files, const net::TlsFilesReport& report,
                              UnixSeconds now_unix_s) {
  json::object out{{"certificate", files.certificate}, {"key", files.key}};
  out["names"] = json::array(report.names.begin(), report.names.end());
  if (report.expires_unix_s) {
    out["expires"] = date_text(*report.expires_unix_s);
    out["expires_in_days"] = (*report.expires_unix_s - now_unix_s) / kDay_s;
  }
  out["faults"] = notes_json(report.faults, files);
  out["warnings"] = notes_json(report.warnings, files);
  return out;
}

}  // namespace turnpike::admin
