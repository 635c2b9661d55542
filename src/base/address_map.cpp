#include "turnpike/base/address_map.hpp"

namespace turnpike {

IpAddress AddressMap::to_external(const IpAddress& local) const {
  for (const auto& [inside, outside] : pairs_) {
    if (inside == local) return outside;
  }
  return local;
}

IpAddress AddressMap::to_local(const IpAddress& external) const {
  for (const auto& [inside, outside] : pairs_) {
    if (outside == external) return inside;
  }
  return external;
}

}  // namespace turnpike
