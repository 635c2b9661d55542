#include "turnpike/fleet/node_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "turnpike/fleet/fields.hpp"
#include "turnpike/json/strict_json.hpp"

namespace turnpike::fleet {
namespace {

constexpr std::size_t kNodeSizeMax = 16384;
constexpr std::size_t kAddressesMax = 32;
constexpr std::size_t kUrlsMax = 16;
constexpr std::size_t kUrlSizeMax = 320;
constexpr std::size_t kNameSizeMax = 255;
constexpr std::uint64_t kNumberMax = std::uint64_t{1} << 53;
constexpr std::string_view kTables[] = {"places", "user_rates", "room_rates"};
constexpr Transport kTransports[] = {Transport::udp, Transport::tcp, Transport::tls, Transport::dtls};

std::string_view bounded(std::string_view name, std::size_t size_max) {
  return name.size() <= size_max && is_printable(name) ? name : std::string_view{};
}

// "udp 192.0.2.1:3478".
std::optional<NodeAddress> read_address(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto* transport = std::ranges::find_if(
      kTransports, [&](Transport each) { return to_string(each) == text.substr(0, space); });
  const auto endpoint = ExternalEndpoint::parse(text.substr(space + 1));
  if (transport == std::end(kTransports) || !endpoint || endpoint->port == 0) return std::nullopt;
  return NodeAddress{*transport, *endpoint};
}

void read_addresses(Fields& fields, NodeRecord& record) {
  for (const boost::json::value& each : fields.list("addresses", kAddressesMax)) {
    const boost::json::string* text = each.if_string();
    const auto address = text == nullptr ? std::nullopt : read_address(std::string_view(*text));
    if (!address) return fields.spoil();
    record.addresses.push_back(*address);
  }
}

void read_urls(Fields& fields, NodeRecord& record) {
  for (const boost::json::value& each : fields.list("urls", kUrlsMax)) {
    const boost::json::string* text = each.if_string();
    const auto url = text == nullptr ? std::string_view{} : bounded(std::string_view(*text), kUrlSizeMax);
    if (!url.starts_with("turn:") && !url.starts_with("turns:")) return fields.spoil();
    record.urls.emplace_back(url);
  }
}

}  // namespace

double Load::share() const {
  const double ports =
      ports_total == 0 ? 0 : static_cast<double>(std::min(ports_used, ports_total)) / ports_total;
  return std::max(ports, std::min(busy_permille, 1000U) / 1000.0);
}

const NodeAddress* NodeRecord::find(Transport transport, Family family) const {
  const auto found = std::ranges::find_if(addresses, [&](const NodeAddress& each) {
    return each.transport == transport && each.endpoint.family() == family;
  });
  return found == addresses.end() ? nullptr : &*found;
}

std::string random_node_id(Random& random) {
  return fmt::format("{:016x}{:016x}", random.u64(), random.u64());
}

std::string write_node(const NodeRecord& record) {
  boost::json::array addresses, urls;
  for (const auto& [transport, endpoint] : record.addresses) {
    if (addresses.size() < kAddressesMax)
      addresses.emplace_back(std::string(to_string(transport)) + " " + endpoint.to_string());
  }
  for (const std::string& url : record.urls) {
    if (urls.size() < kUrlsMax && !bounded(url, kUrlSizeMax).empty()) urls.emplace_back(url);
  }
  boost::json::object object{
      {"id", record.id},
      {"seq", record.seq},
      {"addresses", std::move(addresses)},
      {"certificate_name", bounded(record.certificate_name, kNameSizeMax)},
      {"region", bounded(record.region, kRegionSizeMax)},
      {"engine", bounded(record.engine, kNameSizeMax)},
      {"version", bounded(record.version, kNameSizeMax)},
      {"urls", std::move(urls)},
      {"busy_permille", std::min(record.load.busy_permille, 1000U)},
      {"ports_used", record.load.ports_used},
      {"ports_total", record.load.ports_total},
      {"bits_per_second", std::min(record.load.bits_per_second, kNumberMax)},
      {"draining", record.is_draining},
      {"leaving", record.is_leaving},
      {"new", record.is_new},
      {"unix_s", std::max<UnixSeconds>(record.unix_s, 0)},
  };
  for (std::size_t i = 0; i < record.tables.size(); ++i) object[kTables[i]] = record.tables[i];
  return boost::json::serialize(object);
}

Result<NodeRecord, RecordFault> read_node(std::string_view payload) {
  if (payload.size() > kNodeSizeMax) return RecordFault::too_long;
  const auto object = json::parse_object(payload);
  if (!object) return RecordFault::malformed;
  Fields fields(*object);
  NodeRecord record;
  record.id = fields.text("id", 32);
  record.seq = fields.number("seq", kNumberMax);
  read_addresses(fields, record);
  record.certificate_name = fields.text("certificate_name", kNameSizeMax);
  record.region = fields.text("region", kRegionSizeMax);
  record.engine = fields.text("engine", kNameSizeMax);
  record.version = fields.text("version", kNameSizeMax);
  read_urls(fields, record);
  record.load = {static_cast<std::uint32_t>(fields.number("busy_permille", 1000)),
                 static_cast<std::uint32_t>(fields.number("ports_used", UINT32_MAX)),
                 static_cast<std::uint32_t>(fields.number("ports_total", UINT32_MAX)),
                 fields.number("bits_per_second", kNumberMax)};
  record.is_draining = fields.flag("draining");
  record.is_leaving = fields.flag("leaving");
  record.is_new = fields.flag("new");
  record.unix_s = static_cast<UnixSeconds>(fields.number("unix_s", kNumberMax));
  for (std::size_t i = 0; i < record.tables.size(); ++i)
    record.tables[i] = fields.number(kTables[i], kNumberMax);
  if (!fields.is_good() || !is_node_id(record.id)) return RecordFault::malformed;
  return record;
}

}  // namespace turnpike::fleet
