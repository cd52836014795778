# Mints tests/vectors/phoenix_tokens.h with plug_crypto, the library behind Phoenix.Token:
#   elixir -pa <plug_crypto's ebin> tests/vectors/phoenix_tokens.exs > tests/vectors/phoenix_tokens.h
# Made with plug_crypto 2.1.1, Elixir 1.14, OTP 25. Atoms are written as OTP 26 does where it says so.
defmodule Vectors do
  @key_base String.duplicate("secret-key-base-", 4)
  @salt "user socket"
  @signed_s 1_700_000_000
  @signed_ms @signed_s * 1000

  defp key(salt), do: Plug.Crypto.KeyGenerator.generate(@key_base, salt, iterations: 1000, cache: nil)

  def sign(data, opts \\ []),
    do: Plug.Crypto.sign(@key_base, @salt, data, [signed_at: @signed_s, cache: nil] ++ opts)

  # A payload that sign/4 would not write today, signed all the same.
  def raw(term, digest \\ :sha256, ext \\ []),
    do: Plug.Crypto.MessageVerifier.sign(:erlang.term_to_binary(term, ext), key(@salt), digest)

  def bytes(payload), do: Plug.Crypto.MessageVerifier.sign(payload, key(@salt))

  defp ms(s), do: @signed_ms + trunc(s * 1000)
  defp day, do: ms(86400)

  def good do
    [
      {~S|"42"|, nil, "42", day(), sign("42")},
      {~S|42|, nil, "42", day(), sign(42)},
      {~S|255|, nil, "255", day(), sign(255)},
      {~S|256|, nil, "256", day(), sign(256)},
      {~S|-7|, nil, "-7", day(), sign(-7)},
      {~S|2 ** 31|, nil, "2147483648", day(), sign(2_147_483_648)},
      {~S|2 ** 63|, nil, "9223372036854775808", day(), sign(9_223_372_036_854_775_808)},
      {~S|-(2 ** 64)|, nil, "-18446744073709551616", day(), sign(-18_446_744_073_709_551_616)},
      {~S|a UUID as an integer|, nil, "340282366920938463463374607431768211455", day(),
       sign(340_282_366_920_938_463_463_374_607_431_768_211_455)},
      {~S|'alice'|, nil, "alice", day(), sign('alice')},
      {~S|a charlist beyond ASCII|, nil, "Jos\u00e9", day(), sign('José')},
      {~S|:alice|, nil, "alice", day(), sign(:alice)},
      {~S|:"José"|, nil, "Jos\u00e9", day(), sign(:"José")},
      {~S|"Jürgen"|, nil, "J\u00fcrgen", day(), sign("Jürgen")},
      {~S|%{"id" => 42}|, "id", "42", day(), sign(%{"id" => 42})},
      {~S|%{id: "42", admin: false}|, "id", "42", day(), sign(%{id: "42", admin: false})},
      {~S|[id: 42, role: :user]|, "id", "42", day(), sign(id: 42, role: :user)},
      {~S|{:user, 42}|, "1", "42", day(), sign({:user, 42})},
      {~S|%{user: %{"id" => {1, "x"}}}|, "user.id.1", "x", day(), sign(%{user: %{"id" => {1, "x"}}})},
      {~S|%{weight: 1.5, list: [1, 2.5, []], id: 9}|, "id", "9", day(),
       sign(%{weight: 1.5, list: [1, 2.5, []], id: 9})},
      {~S|max_age: 3600|, nil, "42", ms(3600), sign("42", max_age: 3600)},
      {~S|max_age: 60|, nil, "42", ms(60), sign("42", max_age: 60)},
      {~S|max_age: 1.5|, nil, "42", ms(1.5), sign("42", max_age: 1.5)},
      {~S|max_age: 10 ** 10|, nil, "42", ms(10_000_000_000), sign("42", max_age: 10_000_000_000)},
      {~S|max_age: 1.0e300|, nil, "42", :never, sign("42", max_age: 1.0e300)},
      {~S|max_age: :infinity|, nil, "42", :never, sign("42", max_age: :infinity)},
      {~S|max_age: :infinity, as OTP 26 writes it|, nil, "42", :never,
       raw({"42", @signed_ms, :infinity}, :sha256, minor_version: 2)},
      {~S|an atom as OTP 26 writes it|, nil, "alice", day(),
       raw({:alice, @signed_ms, 86400}, :sha256, minor_version: 2)},
      {~S|key_digest of the message :sha384|, nil, "42", day(), raw({"42", @signed_ms, 86400}, :sha384)},
      {~S|key_digest of the message :sha512|, nil, "42", day(), raw({"42", @signed_ms, 86400}, :sha512)},
      {~S|the legacy pair|, nil, "42", day(), raw({"42", @signed_ms})},
      {~S|the legacy map|, nil, "42", day(), raw(%{data: "42", signed: @signed_ms})},
      {~S|an empty key in front|, "id", "42", day(), sign(%{"" => 1, "id" => "42"})}
    ]
  end

  def bad do
    [
      {~S|nil|, nil, sign(nil)},
      {~S|true|, nil, sign(true)},
      {~S|an empty string|, nil, sign("")},
      {~S|a string that is not UTF-8|, nil, sign(<<0xC3, 0x28>>)},
      {~S|a string with a NUL|, nil, sign(<<"a", 0, "b">>)},
      {~S|129 bytes|, nil, sign(String.duplicate("a", 129))},
      {~S|an integer of 129 digits|, nil, sign(Integer.pow(10, 128))},
      {~S|a float|, nil, sign(1.5)},
      {~S|a map without a path|, nil, sign(%{"id" => 42})},
      {~S|a map that lacks the key|, "id", sign(%{"uid" => 42})},
      {~S|a key as atom and as binary|, "id", sign(%{:id => 1, "id" => 2})},
      {~S|a keyword that stands twice|, "id", sign(id: 1, id: 2)},
      {~S|a tuple too short|, "2", sign({:user, 42})},
      {~S|a path into a string|, "id", sign("42")},
      {~S|a list of a big character|, nil, sign([0x4E2D])},
      {~S|a pid|, nil, sign(self())},
      {~S|a pid beside the id|, "id", sign(%{id: 1, pid: self()})},
      {~S|a reference|, nil, sign(make_ref())},
      {~S|a function|, nil, sign(&String.length/1)},
      {~S|a bit string|, nil, sign(<<1::3>>)},
      {~S|compressed|, nil, raw({String.duplicate("a", 100), @signed_ms, 86400}, :sha256, [:compressed])},
      {~S|nine containers deep|, "0", sign({"1", {{{{{{{}}}}}}}})},
      {~S|max_age: nil|, nil, sign("42", max_age: nil)},
      {~S|max_age: "60"|, nil, sign("42", max_age: "60")},
      {~S|signed: a float|, nil, raw({"42", 1.5, 86400})},
      {~S|four elements|, nil, raw({"42", @signed_ms, 86400, 1})},
      {~S|one element|, nil, raw({"42"})},
      {~S|bytes left over|, nil, bytes(:erlang.term_to_binary({"42", @signed_ms, 86400}) <> <<0>>)},
      {~S|no term at all|, nil, bytes("")},
      {~S|text|, nil, bytes("hello")}
    ]
  end

  def named do
    [
      {"MAX_AGE_ZERO", sign("42", max_age: 0)},
      {"MAX_AGE_NEGATIVE", sign("42", max_age: -1)},
      {"OTHER_SALT", Plug.Crypto.sign(@key_base, "other", "42", signed_at: @signed_s, cache: nil)},
      {"ENCRYPTED", Plug.Crypto.encrypt(@key_base, @salt, "42", signed_at: @signed_s, cache: nil)}
    ]
  end

  def c_text(nil), do: "NULL"

  def c_text(s) do
    escaped = for <<b <- s>>, into: "", do: c_char(b)
    ~s("#{escaped}")
  end

  defp c_char(b) when b in [?", ?\\], do: <<?\\, b>>
  defp c_char(b) when b in 32..126, do: <<b>>
  defp c_char(b), do: "\\" <> String.pad_leading(Integer.to_string(b, 8), 3, "0")

  def c_ms(:never), do: "UINT64_MAX"
  def c_ms(ms), do: "#{ms}u"

  def print do
    IO.puts("""
    /* vectors/phoenix_tokens.h -- tokens as plug_crypto signs them; made by phoenix_tokens.exs. */
    #pragma once

    #include <stddef.h>
    #include <stdint.h>

    #define PHOENIX_KEY_BASE  #{c_text(@key_base)}
    #define PHOENIX_SALT      #{c_text(@salt)}
    #define PHOENIX_SIGNED_MS #{@signed_ms}u

    static const struct {
        const char *data; /* as Elixir writes it */
        const char *path, *user;
        uint64_t expires_at_ms;
        const char *token;
    } phoenix_good[] = {\
    """)

    for {data, path, user, expires, token} <- good(),
        do: IO.puts("    {#{c_text(data)}, #{c_text(path)}, #{c_text(user)}, #{c_ms(expires)}, #{c_text(token)}},")

    IO.puts("};\n\nstatic const struct {\n    const char *data, *path, *token;\n} phoenix_bad[] = {")
    for {data, path, token} <- bad(), do: IO.puts("    {#{c_text(data)}, #{c_text(path)}, #{c_text(token)}},")
    IO.puts("};\n")
    for {name, token} <- named(), do: IO.puts("#define PHOENIX_#{name} #{c_text(token)}")
  end
end

Vectors.print()
