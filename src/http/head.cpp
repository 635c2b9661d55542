#include "turnpike/http/head.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <charconv>
#include <locale>

namespace turnpike::http {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kLengthDigitsMax = 18;  // fits 63 bits
// And tokens of Connection: each of the ones is looked for among all the others.
constexpr std::size_t kFieldsMax = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 9110 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() &&
         std::ranges::all_of(text, [&](char c) { return is_alnum(c) || kMarks.find(c) != kMarks.npos; });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const auto first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The start line and the fields of a head that ends as it should.
struct Lines {
  std::string_view start;
  Fields fields;
};

std::optional<Lines> split_lines(std::string_view head) {
  if (head.empty() || find_head_end(head) != HeadEnd{head.size(), false}) return std::nullopt;
  Lines lines;
  const auto next = [&] {
    const std::string_view line = head.substr(0, head.find(kLineEnd));
    head.remove_prefix(line.size() + kLineEnd.size());
    return line;
  };
  lines.start = next();
  for (std::string_view line = next(); !line.empty(); line = next()) {
    const auto colon = line.find(':');
    // A line that begins with white space, which would be a fold, has no token before its colon either.
    if (colon == line.npos || !is_token(line.substr(0, colon))) return std::nullopt;
    lines.fields.push_back({line.substr(0, colon), trimmed(line.substr(colon + 1))});
  }
  return lines;
}

std::size_t count(const Fields& fields, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [&](const Field& field) { return names_equal(field.name, name); }));
}

// What the fields say of a body: an error as for parse_request_head(), or BodyKind::none for nothing.
Result<BodyFraming, unsigned> framing_of(const Fields& fields, bool is_http_1_0) {
  const std::size_t lengths = count(fields, "Content-Length");
  const std::size_t codings = count(fields, "Transfer-Encoding");
  if (lengths > 1 || (lengths == 1 && codings > 0) || (codings > 0 && is_http_1_0)) return 400U;
  if (codings > 0) {
    const bool is_known = codings == 1 && names_equal(value_of(fields, "Transfer-Encoding"), "chunked");
    if (!is_known) return 501U;
    return BodyFraming{BodyKind::chunked};
  }
  if (lengths == 0) return BodyFraming{};
  const std::string_view value = value_of(fields, "Content-Length");
  if (value.empty() || value.size() > kLengthDigitsMax || !std::ranges::all_of(value, is_digit)) return 400U;
  BodyFraming framing{BodyKind::length};
  std::from_chars(value.data(), value.data() + value.size(), framing.length);
  return framing;
}

bool are_too_many(const Fields& fields) {
  std::size_t tokens = 0;
  for (const Field& field : fields) {
    if (names_equal(field.name, "Connection"))
      tokens += 1 + static_cast<std::size_t>(std::ranges::count(field.value, ','));
  }
  return fields.size() > kFieldsMax || tokens > kFieldsMax;
}

bool is_version(std::string_view text, bool& is_http_1_0) {
  is_http_1_0 = text == "HTTP/1.0";
  return is_http_1_0 || text == "HTTP/1.1";
}

bool is_target(std::string_view method, std::string_view target) {
  const auto is_sound = [](char c) { return c > ' ' && c < 0x7F && c != '#'; };
  if (target.empty() || !std::ranges::all_of(target, is_sound)) return false;
  if (method == "CONNECT") return true;  // an authority, which nobody here takes
  if (target == "*") return method == "OPTIONS";
  return target.starts_with('/') || boost::istarts_with(target, "http://") ||
         boost::istarts_with(target, "https://");
}

// No user, no path, no list.
bool is_host(std::string_view text) {
  constexpr std::string_view kMarks = "-._~%!$&'()*+;=:[]";
  return std::ranges::all_of(text, [&](char c) { return is_alnum(c) || kMarks.find(c) != kMarks.npos; });
}

bool stays(const Fields& fields, bool is_http_1_0) {
  if (has_token(fields, "Connection", "close")) return false;
  return !is_http_1_0 || has_token(fields, "Connection", "keep-alive");
}

}  // namespace

HeadEnd find_head_end(std::string_view text, std::size_t seen) {
  constexpr HeadEnd kMalformed{0, true};
  if (text.starts_with('\r')) return kMalformed;
  for (std::size_t i = seen > 3 ? seen - 3 : 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r') {
      if (i + 1 < text.size() && text[i + 1] != '\n') return kMalformed;
    } else if (c == '\n') {
      if (i == 0 || text[i - 1] != '\r') return kMalformed;
      if (i >= 3 && text.substr(i - 3, 2) == kLineEnd) return {i + 1, false};
    } else if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F) {
      return kMalformed;
    }
  }
  return {};
}

bool names_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && boost::iequals(a, b, std::locale::classic());
}

std::string_view value_of(const Fields& fields, std::string_view name) {
  const auto found =
      std::ranges::find_if(fields, [&](const Field& field) { return names_equal(field.name, name); });
  return found == fields.end() ? std::string_view() : found->value;
}

std::string all_values(const Fields& fields, std::string_view name) {
  std::string joined;
  for (const Field& field : fields) {
    if (!names_equal(field.name, name)) continue;
    if (!joined.empty()) joined += ", ";
    joined += field.value;
  }
  return joined;
}

bool has_token(const Fields& fields, std::string_view name, std::string_view token) {
  for (const Field& field : fields) {
    if (!names_equal(field.name, name)) continue;
    for (std::string_view rest = field.value; !rest.empty();) {
      const std::string_view each = rest.substr(0, rest.find(','));
      if (names_equal(trimmed(each), token)) return true;
      rest.remove_prefix(std::min(rest.size(), each.size() + 1));
    }
  }
  return false;
}

bool RequestHead::keep_alive() const { return stays(fields, is_http_1_0); }

bool ResponseHead::keep_alive() const { return stays(fields, is_http_1_0); }

Result<RequestHead, unsigned> parse_request_head(std::string_view head) {
  auto lines = split_lines(head);
  if (!lines) return 400U;
  RequestHead request;
  const std::string_view start = lines->start;
  const auto method_end = std::min(start.find(' '), start.size());
  const auto version_start = start.rfind(' ');
  request.method = start.substr(0, method_end);
  if (!is_token(request.method) || version_start == start.npos || version_start <= method_end) return 400U;
  request.target = start.substr(method_end + 1, version_start - method_end - 1);
  if (!is_version(start.substr(version_start + 1), request.is_http_1_0) ||
      !is_target(request.method, request.target))
    return 400U;

  if (are_too_many(lines->fields)) return 431U;
  const std::size_t hosts = count(lines->fields, "Host");
  if (hosts > 1 || (hosts == 0 && !request.is_http_1_0)) return 400U;
  if (!is_host(value_of(lines->fields, "Host"))) return 400U;
  const auto framing = framing_of(lines->fields, request.is_http_1_0);
  if (!framing) return framing.error();
  request.body = *framing;
  request.fields = std::move(lines->fields);
  return request;
}

std::optional<ResponseHead> parse_response_head(std::string_view head, bool answers_head) {
  constexpr std::size_t kStatusStart = std::string_view("HTTP/1.1 ").size();
  constexpr std::size_t kReasonStart = kStatusStart + 4;
  auto lines = split_lines(head);
  if (!lines || lines->start.size() + 1 < kReasonStart) return std::nullopt;
  ResponseHead response;
  const std::string_view start = lines->start;
  const std::string_view status = start.substr(kStatusStart, 3);
  if (!is_version(start.substr(0, kStatusStart - 1), response.is_http_1_0) ||
      start[kStatusStart - 1] != ' ' || !std::ranges::all_of(status, is_digit))
    return std::nullopt;
  if (start.size() >= kReasonStart && start[kReasonStart - 1] != ' ') return std::nullopt;
  std::from_chars(status.data(), status.data() + status.size(), response.status);
  if (response.status < 100 || response.status > 599) return std::nullopt;
  if (start.size() > kReasonStart) response.reason = start.substr(kReasonStart);

  const auto framing = framing_of(lines->fields, response.is_http_1_0);
  if (!framing || are_too_many(lines->fields)) return std::nullopt;
  const bool has_none =
      answers_head || response.status < 200 || response.status == 204 || response.status == 304;
  if (!has_none)
    response.body = framing->kind == BodyKind::none ? BodyFraming{BodyKind::until_end} : *framing;
  response.fields = std::move(lines->fields);
  return response;
}

Target split_target(std::string_view target) {
  Target split;
  if (const auto scheme_end = target.find("://"); !target.starts_with('/') && scheme_end != target.npos) {
    const auto path_start = std::min(target.find_first_of("/?", scheme_end + 3), target.size());
    split.authority = target.substr(scheme_end + 3, path_start - scheme_end - 3);
    target.remove_prefix(path_start);
  }
  const auto mark = target.find('?');
  split.path = target.substr(0, mark);
  if (mark != target.npos) split.query = target.substr(mark + 1);
  if (split.path.empty()) split.path = "/";
  return split;
}

}  // namespace turnpike::http
