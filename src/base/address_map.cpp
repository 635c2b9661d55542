#include "turnpike/base/address_map.hpp"

namespace turnpike {

ExternalAddress AddressMap::to_external(const IpAddress& local) const {
  for (const auto& [inside, outside] : pairs_) {
    if (inside == local) return outside;
  }
  return ExternalAddress(local);
}

IpAddress AddressMap::to_local(const ExternalAddress& external) const {
  for (const auto& [inside, outside] : pairs_) {
    if (outside == external) return inside;
  }
  return external.plain();
}

}  // namespace turnpike
