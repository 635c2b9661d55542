#include "turnpike/coturn/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <stdexcept>
#include <system_error>

#include "turnpike/config/coturn.hpp"
#include "turnpike/config/coturn_options.hpp"
#include "turnpike/yaml/placeholder.hpp"

namespace turnpike::coturn {
namespace {

using config::CoturnLine;
using config::CoturnRole;

constexpr std::uint32_t kNonceLifeOfCoturn_s = 600;  // where `stale-nonce` has no value

// Why a value cannot be taken.
struct BadOption : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class Number>
Number number_in(std::string_view value, Number least = 0) {
  Number number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < least)
    throw BadOption(fmt::format("must be a number from {} to {}", least, std::numeric_limits<Number>::max()));
  return number;
}

std::string text_in(std::string_view value) {
  if (value.empty()) throw BadOption("has no value");
  return std::string(value);
}

// A flag may have a value, too.
bool is_on(std::string_view value) {
  return value != "0" && value != "no" && value != "n" && value != "false" && value != "f" && value != "off";
}

IpAddress address_in(std::string_view value) {
  const auto address = IpAddress::parse(value);
  if (!address) throw BadOption("must be an IP address");
  return *address;
}

External external_in(std::string_view value) {
  const auto slash = std::min(value.find('/'), value.size());
  External external{address_in(value.substr(0, slash)), std::nullopt};
  if (slash < value.size()) external.local = address_in(value.substr(slash + 1));
  return external;
}

void add_range(std::vector<AddressRange>& ranges, std::string_view value) {
  const auto range = AddressRange::parse(value);
  if (!range) throw BadOption("must be an address, a prefix, or two addresses with a dash in between");
  if (ranges.size() == kRangesMax) throw BadOption(fmt::format("is there more than {} times", kRangesMax));
  ranges.push_back(*range);
}

bool is_name(std::string_view option) {
  constexpr std::size_t kSizeMax = 64;
  return option.size() <= kSizeMax && std::ranges::all_of(option, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_';
         });
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; }

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  void read(const CoturnLine& line) {
    line_ = line;
    try {
      if (line.has_yaml || !is_name(line.option))
        throw BadOption("is no line of coturn's file, which has `option` or `option=value`");
      if (std::ranges::any_of(line.value, is_control))
        throw BadOption("has a control character in its value");
      const config::CoturnOption* const option = config::find_coturn_option(line.option);
      if (option == nullptr) return note("not known");
      if (option->role == CoturnRole::none) return note(std::string(option->here));
      const auto placeholder = yaml::find_placeholder(line.value);
      if (!placeholder.empty()) throw BadOption(fmt::format("{} was never filled in", placeholder));
      take(option->role, line.value);
    } catch (const BadOption& bad) {
      const std::string name = is_name(line.option) && !line.has_yaml ? std::string(line.option) : "";
      read_.errors.push_back({config::Severity::error, "",
                              fmt::format("{}:{}{}{}", path_, line.number, name.empty() ? "" : ": ", name),
                              bad.what()});
    }
  }

  bool is_hopeless() const { return read_.errors.size() >= kErrorsMax; }
  ReadSettings finish() && { return std::move(read_); }

 private:
  void note(std::string why) {
    read_.settings.notes.push_back({line_.number, std::string(line_.option), std::move(why)});
  }

  void take(CoturnRole role, std::string_view value);
  bool take_address(CoturnRole role, std::string_view value);
  bool take_credential(CoturnRole role, std::string_view value);
  bool take_limit(CoturnRole role, std::string_view value);
  void take_user(std::string_view value);
  void take_nonce_life(std::string_view value);
  void take_threads(std::string_view value);
  void take_family(std::string_view value);

  const std::string& path_;
  CoturnLine line_{};
  ReadSettings read_;
};

void Reader::take(CoturnRole role, std::string_view value) {
  if (take_address(role, value) || take_credential(role, value) || take_limit(role, value)) return;
  Settings& settings = read_.settings;
  switch (role) {
    case CoturnRole::threads: return take_threads(value);
    case CoturnRole::without_udp: settings.has_udp = !is_on(value); return;
    case CoturnRole::without_tcp: settings.has_tcp = !is_on(value); return;
    case CoturnRole::without_tls: settings.has_tls = !is_on(value); return;
    case CoturnRole::certificate: settings.certificate = text_in(value); return;
    case CoturnRole::key: settings.key = text_in(value); return;
    case CoturnRole::newest_tls_alone: settings.is_tls1_3_alone = is_on(value); return;
    case CoturnRole::default_family: return take_family(value);
    case CoturnRole::old_stun: settings.has_old_stun = is_on(value); return;
    default: return;
  }
}

bool Reader::take_address(CoturnRole role, std::string_view value) {
  Settings& settings = read_.settings;
  switch (role) {
    case CoturnRole::listening_port: settings.port = number_in<std::uint16_t>(value, 1); return true;
    case CoturnRole::tls_port: settings.tls_port = number_in<std::uint16_t>(value, 1); return true;
    case CoturnRole::listening_address: settings.listeners.push_back(address_in(value)); return true;
    case CoturnRole::more_listeners: {
      const auto endpoint = Endpoint::parse(value);
      if (!endpoint) throw BadOption("must be an address with a port");
      settings.more_listeners.push_back(*endpoint);
      return true;
    }
    case CoturnRole::relay_address: settings.relays.push_back(address_in(value)); return true;
    case CoturnRole::external_address: settings.external.push_back(external_in(value)); return true;
    case CoturnRole::first_port: settings.first_port = number_in<std::uint16_t>(value); return true;
    case CoturnRole::last_port: settings.last_port = number_in<std::uint16_t>(value); return true;
    case CoturnRole::allowed_peers: add_range(settings.allowed, value); return true;
    case CoturnRole::denied_peers: add_range(settings.denied, value); return true;
    case CoturnRole::loopback_peers:
      if (is_on(value)) {
        add_range(settings.allowed, "127.0.0.0/8");
        add_range(settings.allowed, "::1");
      }
      return true;
    default: return false;
  }
}

bool Reader::take_credential(CoturnRole role, std::string_view value) {
  Settings& settings = read_.settings;
  switch (role) {
    case CoturnRole::realm: settings.realm = text_in(value); return true;
    case CoturnRole::secrets_alone: settings.has_secrets_alone = is_on(value); return true;
    case CoturnRole::secret: settings.secrets.push_back(text_in(value)); return true;
    case CoturnRole::separator: settings.separator = text_in(value).substr(0, 1); return true;
    case CoturnRole::user: take_user(value); return true;
    default: return false;
  }
}

bool Reader::take_limit(CoturnRole role, std::string_view value) {
  constexpr std::uint64_t kBytesMax = std::numeric_limits<std::uint64_t>::max() / 2;
  Settings& settings = read_.settings;
  switch (role) {
    case CoturnRole::user_quota: settings.user_quota = number_in<std::uint32_t>(value); return true;
    case CoturnRole::total_quota: settings.total_quota = number_in<std::uint32_t>(value); return true;
    case CoturnRole::bytes_per_second: {
      const auto bytes = number_in<std::uint64_t>(value);
      if (bytes > kBytesMax) throw BadOption(fmt::format("must be a number up to {}", kBytesMax));
      settings.bytes_per_second = bytes;
      return true;
    }
    case CoturnRole::lifetime: settings.lifetime_s = number_in<std::uint32_t>(value, 1); return true;
    case CoturnRole::nonce_life: take_nonce_life(value); return true;
    default: return false;
  }
}

void Reader::take_user(std::string_view value) {
  const auto colon = value.find(':');
  if (colon == value.npos || colon == 0 || colon + 1 == value.size())
    throw BadOption("must be NAME:PASSWORD or NAME:0xKEY");
  const std::string name(value.substr(0, colon));
  const std::string secret(value.substr(colon + 1));
  Settings& settings = read_.settings;
  const bool is_key = config::is_hashed_password(secret);
  if (!is_key && secret.starts_with("0x")) return note("not possible: keys are MD5, which has 32 digits");
  (is_key ? settings.user_keys : settings.users).emplace_back(name, secret);
  settings.user_notes.push_back({line_.number, std::string(line_.option),
                                 "not needed: beside use-auth-secret coturn takes no account of users"});
}

void Reader::take_nonce_life(std::string_view value) {
  const auto life_s = value.empty() ? kNonceLifeOfCoturn_s : number_in<std::uint32_t>(value);
  if (life_s == 0) return note("not possible: every nonce ends, after nonce_life_s");
  read_.settings.nonce_life_s = life_s;
}

void Reader::take_threads(std::string_view value) {
  const auto count = value.empty() ? 0 : number_in<std::uint32_t>(value);
  if (count == 0) return note("not needed: there is a worker for each core");
  read_.settings.threads = count;
}

void Reader::take_family(std::string_view value) {
  if (value == "keep") return note("not there: relay.default_family is auto, ipv4 or ipv6");
  if (value != "ipv4" && value != "ipv6") throw BadOption("must be ipv4, ipv6 or keep");
  read_.settings.default_family = value;
}

}  // namespace

ReadSettings read_settings(std::string_view text, const std::string& path) {
  Reader reader(path);
  for (const CoturnLine& line : config::coturn_lines(text)) {
    if (reader.is_hopeless()) break;
    reader.read(line);
  }
  return std::move(reader).finish();
}

}  // namespace turnpike::coturn
