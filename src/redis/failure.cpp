#include "turnpike/redis/failure.hpp"

#include <algorithm>
#include <iterator>

#include "turnpike/base/check.hpp"

namespace turnpike::redis {
namespace {

constexpr std::size_t kDetailMax = 200;

struct Entry {
  Cause cause;
  std::string_view name;
  std::string_view words;
};

constexpr Entry kEntries[] = {
    {Cause::unresolved, "unresolved", "the name of the server is not known"},
    {Cause::unreachable, "unreachable", "the server cannot be reached"},
    {Cause::tls, "tls", "TLS fails"},
    {Cause::timed_out, "timed_out", "the server does not answer in time"},
    {Cause::closed, "closed", "the connection is lost"},
    {Cause::malformed, "malformed", "what the server sends is no answer"},
    {Cause::no_password_file, "no_password_file", "the file with the password cannot be read"},
    {Cause::password_wrong, "password_wrong", "the server refuses the password"},
    {Cause::password_wanted, "password_wanted", "the server wants a password"},
    {Cause::password_unwanted, "password_unwanted", "the server has no password, but one is configured"},
    {Cause::not_permitted, "not_permitted", "the server does not permit it"},
    {Cause::not_a_master, "not_a_master", "the server is not a master"},
    {Cause::no_master, "no_master", "the sentinel knows no such master"},
    {Cause::loading, "loading", "the server is still loading its data"},
    {Cause::full, "full", "the server's memory is full"},
    {Cause::not_writing, "not_writing", "the server takes no writes"},
    {Cause::busy, "busy", "the server is busy with a script"},
    {Cause::too_many_clients, "too_many_clients", "the server has too many clients"},
    {Cause::no_database, "no_database", "the server has no such database"},
    {Cause::cluster, "cluster", "the server is one of a cluster, which is not supported"},
    {Cause::refused, "refused", "the server refuses it"},
    {Cause::no_connection, "no_connection", "there is no connection"},
    {Cause::too_many_commands, "too_many_commands", "too many commands wait for their answers"},
    {Cause::command_too_large, "command_too_large", "the command is empty or too large"},
    {Cause::stopped, "stopped", "it is stopped"},
};

const Entry& entry_of(Cause cause) {
  const auto* found = std::ranges::find(kEntries, cause, &Entry::cause);
  TURNPIKE_CHECK(found != std::end(kEntries));
  return *found;
}

struct Beginning {
  std::string_view text;
  Cause cause;
};

// The first that fits counts.
constexpr Beginning kBeginnings[] = {
    {"WRONGPASS", Cause::password_wrong},
    {"ERR invalid password", Cause::password_wrong},  // before Redis 6
    {"NOAUTH", Cause::password_wanted},
    {"ERR AUTH <password> called without any password", Cause::password_unwanted},
    {"ERR Client sent AUTH, but no password is set", Cause::password_unwanted},  // before Redis 6
    {"NOPERM", Cause::not_permitted},
    {"DENIED", Cause::not_permitted},  // its protected mode
    {"READONLY", Cause::not_a_master},
    {"MASTERDOWN", Cause::not_a_master},
    {"LOADING", Cause::loading},
    {"OOM", Cause::full},
    {"MISCONF", Cause::not_writing},
    {"NOREPLICAS", Cause::not_writing},
    {"BUSY ", Cause::busy},
    {"ERR max number of clients", Cause::too_many_clients},
    {"ERR DB index is out of range", Cause::no_database},
    {"ERR invalid DB index", Cause::no_database},
    {"MOVED ", Cause::cluster},
    {"CLUSTERDOWN", Cause::cluster},
    {"ERR SELECT is not allowed in cluster mode", Cause::cluster},
};

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

}  // namespace

std::string_view name(Cause cause) { return entry_of(cause).name; }

std::string Failure::text() const {
  std::string text(entry_of(cause).words);
  return detail.empty() ? text : text + ": " + detail;
}

Failure failure_of(std::string_view error) {
  const auto* found =
      std::ranges::find_if(kBeginnings, [&](const Beginning& each) { return error.starts_with(each.text); });
  Failure failure{found == std::end(kBeginnings) ? Cause::refused : found->cause,
                  std::string(error.substr(0, kDetailMax))};
  std::ranges::replace_if(
      failure.detail, [](char c) { return !is_printable(c); }, '?');
  return failure;
}

bool ends_connection(Cause cause) {
  return cause == Cause::not_a_master || cause == Cause::password_wanted || cause == Cause::loading ||
         cause == Cause::cluster;
}

}  // namespace turnpike::redis
