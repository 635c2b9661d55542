// Adds up values that are many counters, field by field, whatever fields they have.
#pragma once

#include <array>
#include <boost/pfr/core.hpp>
#include <cstddef>
#include <map>

namespace turnpike {

template <class Values>
void add_up(Values& sum, const Values& more);
template <class Value, std::size_t size>
void add_up(std::array<Value, size>& sum, const std::array<Value, size>& more);
template <class Key, class Value>
void add_up(std::map<Key, Value>& sum, const std::map<Key, Value>& more);

// Adds `more` to `sum`: by += if the type has it, else field by field. Maps add by key, arrays by index.
template <class Values>
void add_up(Values& sum, const Values& more) {
  if constexpr (requires { sum += more; }) {
    sum += more;
  } else {
    boost::pfr::for_each_field(sum, [&more]<class Index>(auto& field, Index) {
      add_up(field, boost::pfr::get<Index::value>(more));
    });
  }
}

template <class Value, std::size_t size>
void add_up(std::array<Value, size>& sum, const std::array<Value, size>& more) {
  for (std::size_t i = 0; i < size; ++i) add_up(sum[i], more[i]);
}

template <class Key, class Value>
void add_up(std::map<Key, Value>& sum, const std::map<Key, Value>& more) {
  for (const auto& [key, value] : more) add_up(sum[key], value);
}

}  // namespace turnpike
