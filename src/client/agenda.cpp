// The agenda as a map ordered by time; a request is searched for only when a response to it came.
#include "turnpike/client/agenda.hpp"

#include <utility>

namespace turnpike::client {

void Agenda::set(const Request& request, TimePoint due) {
  remove(request);
  entries_.emplace(due, request);
}

void Agenda::remove(const Request& request) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.second == request; });
}

std::optional<TimePoint> Agenda::next() const {
  return entries_.empty() ? std::nullopt : std::optional(entries_.begin()->first);
}

std::optional<Request> Agenda::pop_due(TimePoint now) {
  if (entries_.empty() || entries_.begin()->first > now) return std::nullopt;
  Request request = std::move(entries_.begin()->second);
  entries_.erase(entries_.begin());
  return request;
}

}  // namespace turnpike::client
