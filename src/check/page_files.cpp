#include "turnpike/check/page_files.hpp"

#include <utility>
#include <vector>

namespace turnpike::check {
namespace {

struct Embedded {
  std::string_view name, content;
};
#include "check_page.inc"

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
};

std::string_view type_of(std::string_view name) {
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace

std::span<const PageFile> page_files() {
  static const std::vector<PageFile> files = [] {
    std::vector<PageFile> list;
    for (const auto& [name, content] : kEmbedded) list.push_back({name, type_of(name), content});
    return list;
  }();
  return files;
}

}  // namespace turnpike::check
