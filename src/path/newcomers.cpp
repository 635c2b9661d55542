#include "turnpike/path/newcomers.hpp"

#include <array>
#include <utility>

namespace turnpike::path {
namespace {

constexpr std::array<std::string_view, kNoHeaderKinds> kNames = {"nothing_sent", "ended", "malformed",
                                                                 "timed_out", "made_room"};

}  // namespace

std::string_view to_string(NoHeader cause) { return kNames[static_cast<std::size_t>(cause)]; }

Result<std::optional<Arrival>, NoHeader> Newcomers::read(std::uint32_t id) {
  const auto found = waiting_.find(id);
  Waiting& waiting = found->second;
  const auto header = waiting.header.read(waiting.arrival.accepted.fd.get());
  if (!header) {
    const bool ended = header.error() == boost::system::errc::connection_aborted;
    if (!ended) return NoHeader::malformed;
    return waiting.header.has_begun() ? NoHeader::ended : NoHeader::nothing_sent;
  }
  if (!*header) return std::optional<Arrival>{};
  std::optional<Arrival> known(std::move(waiting.arrival));
  waiting_.erase(found);
  if (const auto& ends = (*header)->ends) {
    known->accepted.client = ends->client;
    known->accepted.server = ends->server;
  }
  return known;
}

}  // namespace turnpike::path
