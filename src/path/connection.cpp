#include "turnpike/path/connection.hpp"

namespace turnpike::path {
namespace {

constexpr Duration kFirstMessageLimit = std::chrono::seconds(30);
constexpr Duration kIdleLimit = std::chrono::seconds(60);

}  // namespace

TimePoint Connection::limit() const {
  if (standing == Standing::arriving) return accepted_at + kArrivalLimit;
  return spoke ? heard_at + kIdleLimit : accepted_at + kFirstMessageLimit;
}

}  // namespace turnpike::path
