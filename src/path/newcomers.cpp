#include "turnpike/path/newcomers.hpp"

#include <utility>

namespace turnpike::path {

Result<std::optional<Arrival>> Newcomers::read(std::uint32_t id) {
  const auto found = waiting_.find(id);
  Waiting& waiting = found->second;
  const auto header = waiting.header.read(waiting.arrival.accepted.fd.get());
  if (!header) return header.error();
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
