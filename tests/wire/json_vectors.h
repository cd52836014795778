/* tests/wire/json_vectors.h -- texts that are JSON and texts that are not, in the spirit of the
 * JSONTestSuite; where the RFC leaves a choice open, Kith's choice is what is written here. */
#pragma once

#include "base/slice.h"

static const kith_slice accepted[] = {
    /* values alone */
    KITH_LIT("null"), KITH_LIT("true"), KITH_LIT("false"), KITH_LIT("0"), KITH_LIT("-1"),
    KITH_LIT("42"), KITH_LIT("-0.1"), KITH_LIT("\"\""), KITH_LIT("\"asd\""), KITH_LIT("[]"),
    KITH_LIT("{}"),
    /* arrays */
    KITH_LIT("[ ]"), KITH_LIT("[[]   ]"), KITH_LIT("[\"\"]"), KITH_LIT("[\"a\"]"),
    KITH_LIT("[false]"), KITH_LIT("[null, 1, \"1\", {}]"), KITH_LIT("[null]"), KITH_LIT("[1\n]"),
    KITH_LIT(" [1]"), KITH_LIT("[1,null,null,null,2]"), KITH_LIT("[2] "),
    KITH_LIT("[[[[]]],{},[{}]]"), KITH_LIT("\t[\r\n1 , 2\t]\n"),
    /* numbers */
    KITH_LIT("[123e65]"), KITH_LIT("[0e+1]"), KITH_LIT("[0e1]"), KITH_LIT("[ 4]"),
    KITH_LIT("[-0.000000000000000000000000000000000000000000000000000000000000000000000000001]"),
    KITH_LIT("[20e1]"), KITH_LIT("[-0]"), KITH_LIT("[-123]"), KITH_LIT("[-1]"), KITH_LIT("[1E22]"),
    KITH_LIT("[1E-2]"), KITH_LIT("[1E+2]"), KITH_LIT("[123e45]"), KITH_LIT("[123.456e78]"),
    KITH_LIT("[1e-2]"), KITH_LIT("[1e+2]"), KITH_LIT("[123]"), KITH_LIT("[123.456789]"),
    KITH_LIT("[0.0]"), KITH_LIT("[-0.0e-0]"), KITH_LIT("[10]"), KITH_LIT("[1.0]"),
    KITH_LIT("[123456789012345678901234567890]"), KITH_LIT("[-18446744073709551617]"),
    /* objects */
    KITH_LIT("{\"asd\":\"sdf\", \"dfg\":\"fgh\"}"), KITH_LIT("{\"asd\":\"sdf\"}"),
    KITH_LIT("{\"a\":\"b\",\"a\":\"c\"}"), KITH_LIT("{\"a\":\"b\",\"a\":\"b\"}"),
    KITH_LIT("{\"\":0}"), KITH_LIT("{\"foo\\u0000bar\": 42}"),
    KITH_LIT("{ \"min\": -1.0e+28, \"max\": 1.0e+28 }"),
    KITH_LIT("{\"x\":[{\"id\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}], \"id\": \"x\"}"),
    KITH_LIT("{\"a\":[]}"), KITH_LIT("{\n\"a\": \"b\"\n}"),
    KITH_LIT("{\"title\":\"\\u041f\\u043e\\u043b\\u0442\\u043e\\u0440\\u0430\"}"),
    KITH_LIT("{ \"a\" : 1 , \"b\" : { } }"),
    /* strings */
    KITH_LIT("[\"\\u0060\\u012a\\u12AB\"]"), KITH_LIT("[\"\\uD801\\udc37\"]"),
    KITH_LIT("[\"\\ud83d\\ude39\\ud83d\\udc8d\"]"), KITH_LIT("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]"),
    KITH_LIT("[\"\\\\u0000\"]"), KITH_LIT("[\"\\\"\"]"), KITH_LIT("[\"a/*b*/c/*d//e\"]"),
    KITH_LIT("[\"\\\\a\"]"), KITH_LIT("[\"\\\\n\"]"), KITH_LIT("[\"\\u0012\"]"),
    KITH_LIT("[\"\\uFFFF\"]"), KITH_LIT("[\"asd\"]"), KITH_LIT("[ \"asd\"]"),
    KITH_LIT("[\"\\uDBFF\\uDFFF\"]"), KITH_LIT("[\"new\\u00A0line\"]"),
    KITH_LIT("[\"\xf4\x8f\xbf\xbf\"]"), KITH_LIT("[\"\xef\xbf\xbf\"]"), KITH_LIT("[\"\\u0000\"]"),
    KITH_LIT("[\"\\u002c\"]"), KITH_LIT("[\"\xcf\x80\"]"), KITH_LIT("[\"\xf0\x9b\xbf\xbf\"]"),
    KITH_LIT("[\"asd \"]"), KITH_LIT("\" \""), KITH_LIT("[\"\\uD834\\uDd1e\"]"),
    KITH_LIT("[\"\\u0821\"]"), KITH_LIT("[\"\\u0123\"]"), KITH_LIT("[\"\xe2\x80\xa8\"]"),
    KITH_LIT("[\"\xe2\x80\xa9\"]"), KITH_LIT("[\"\\u0061\\u30af\\u30EA\\u30b9\"]"),
    KITH_LIT("[\"new\\u000Aline\"]"), KITH_LIT("[\"\x7f\"]"), KITH_LIT("[\"\\uA66D\"]"),
    KITH_LIT("[\"\\u005C\"]"), KITH_LIT("[\"\xe2\x8d\x82\xe3\x88\xb4\xe2\x8d\x82\"]"),
    KITH_LIT("[\"\\uDBFF\\uDFFE\"]"), KITH_LIT("[\"\\u200B\"]"), KITH_LIT("[\"\\uFDD0\"]"),
    KITH_LIT("[\"\\uFFFE\"]"), KITH_LIT("[\"\\u0022\"]"),
    KITH_LIT("[\"\xe2\x82\xac\xf0\x9d\x84\x9e\"]"),
    KITH_LIT("[\"a\x7f"
             "a\"]"),
    /* left open: exact integers, and numbers too small, are welcome */
    KITH_LIT("[123.456e-789]"), KITH_LIT("[1e-10000000000000000000000000000000000]"),
    KITH_LIT("[0e100000000000000000000000000]"), KITH_LIT("[0.000e999]"),
    KITH_LIT("[1.7976931348623157e308]"), KITH_LIT("[-1.7976931348623158e308]"),
    KITH_LIT("[17976931348623157e292]"), KITH_LIT("[0.00017976931348623157E312]"),
    KITH_LIT("[1e308]"), KITH_LIT("[9.9e307]"), KITH_LIT("[1.79769313486231580789e308]")};

static const kith_slice refused[] = {
    /* nothing, or more than one value */
    KITH_LIT(""), KITH_LIT(" "), KITH_LIT("\n\t\r "), KITH_LIT("1 2"), KITH_LIT("[] []"),
    KITH_LIT("[][]"), KITH_LIT("{}}"), KITH_LIT("[1]]"), KITH_LIT("[1]x"), KITH_LIT("2@"),
    KITH_LIT("\"a\"b"), KITH_LIT("{}#"), KITH_LIT("{\"a\":true} \"x\""), KITH_LIT("[1],"),
    KITH_LIT("{\"a\":\"b\"}/**/"), KITH_LIT("{\"a\":\"b\"}//"), KITH_LIT("\0"), KITH_LIT("[1]\0"),
    /* arrays */
    KITH_LIT("[1 true]"), KITH_LIT("[a\xe5]"), KITH_LIT("[\"\": 1]"), KITH_LIT("[\"\"],"),
    KITH_LIT("[,1]"), KITH_LIT("[1,,2]"), KITH_LIT("[\"x\",,]"), KITH_LIT("[\"x\"]]"),
    KITH_LIT("[\"\",]"), KITH_LIT("[\"x\""), KITH_LIT("[x"), KITH_LIT("[3[4]]"), KITH_LIT("[\xff]"),
    KITH_LIT("[1:2]"), KITH_LIT("[,]"), KITH_LIT("[-]"), KITH_LIT("[   , \"\"]"),
    KITH_LIT("[\"a\",\n4\n,1,"), KITH_LIT("[1,]"), KITH_LIT("[\"\va\"\\f]"), KITH_LIT("[*]"),
    KITH_LIT("[\"\""), KITH_LIT("[1,"), KITH_LIT("[1,\n1\n,1"), KITH_LIT("[{}"), KITH_LIT("["),
    KITH_LIT("]"), KITH_LIT("[}"), KITH_LIT("{]"), KITH_LIT("["), KITH_LIT("[[]"),
    KITH_LIT("[1 2]"),
    /* words */
    KITH_LIT("[fals]"), KITH_LIT("[nul]"), KITH_LIT("[tru]"), KITH_LIT("nul"), KITH_LIT("t"),
    KITH_LIT("True"), KITH_LIT("[True]"), KITH_LIT("[NULL]"), KITH_LIT("nulll"),
    KITH_LIT("undefined"), KITH_LIT("[NaN]"), KITH_LIT("[Infinity]"), KITH_LIT("[-Infinity]"),
    KITH_LIT("[+Inf]"), KITH_LIT("[-NaN]"), KITH_LIT("[Inf]"), KITH_LIT("[nan]"),
    KITH_LIT("truefalse"),
    /* numbers */
    KITH_LIT("[++1234]"), KITH_LIT("[+1]"), KITH_LIT("[-01]"), KITH_LIT("[-1.0.]"),
    KITH_LIT("[-2.]"), KITH_LIT("[.-1]"), KITH_LIT("[.2e-3]"), KITH_LIT("[0.1.2]"),
    KITH_LIT("[0.3e+]"), KITH_LIT("[0.3e]"), KITH_LIT("[0.e1]"), KITH_LIT("[0E+]"),
    KITH_LIT("[0E]"), KITH_LIT("[0e+]"), KITH_LIT("[0e]"), KITH_LIT("[1.0e+]"), KITH_LIT("[1.0e-]"),
    KITH_LIT("[1.0e]"), KITH_LIT("[1 000.0]"), KITH_LIT("[1eE2]"), KITH_LIT("[2.e+3]"),
    KITH_LIT("[2.e-3]"), KITH_LIT("[2.e3]"), KITH_LIT("[9.e+]"), KITH_LIT("[1+2]"),
    KITH_LIT("[0x1]"), KITH_LIT("[0x42]"), KITH_LIT("[-foo]"), KITH_LIT("[- 1]"),
    KITH_LIT("[-012]"), KITH_LIT("[-.123]"), KITH_LIT("[-1x]"), KITH_LIT("[1ea]"),
    KITH_LIT("[1e\xe5]"), KITH_LIT("[1.]"), KITH_LIT("[.123]"), KITH_LIT("[1.2a-3]"),
    KITH_LIT("[1.8011670033376514H-308]"), KITH_LIT("[012]"), KITH_LIT("[00]"), KITH_LIT("-"),
    KITH_LIT("1e"), KITH_LIT("1."), KITH_LIT("-0x"), KITH_LIT("[\xef\xbc\x91]"),
    KITH_LIT("[1_000]"), KITH_LIT("[0b1]"), KITH_LIT("[1e1.5]"),
    /* numbers beyond a double */
    KITH_LIT("[1e400]"), KITH_LIT("[-1e309]"), KITH_LIT("[123123e100000]"),
    KITH_LIT("[0.4e00669999999999999999999999999999999999999999999999]"),
    KITH_LIT("[1.7976931348623159e308]"), KITH_LIT("[1.797693134862315808e308]"),
    KITH_LIT("[2e308]"), KITH_LIT("[0.0001e313]"), KITH_LIT("[10.0e308]"),
    /* objects */
    KITH_LIT("[\"x\", truth]"), KITH_LIT("{[: \"x\"}"), KITH_LIT("{\"x\", null}"),
    KITH_LIT("{\"x\"::\"b\"}"), KITH_LIT("{\xf0\x9f\x87\xa8\xf0\x9f\x87\xad}"),
    KITH_LIT("{\"a\":\"a\" 123}"), KITH_LIT("{key: 'value'}"), KITH_LIT("{\"\xb9\":\"0\",}"),
    KITH_LIT("{\"a\" b}"), KITH_LIT("{:\"b\"}"), KITH_LIT("{\"a\" \"b\"}"), KITH_LIT("{\"a\":"),
    KITH_LIT("{\"a\""), KITH_LIT("{1:1}"), KITH_LIT("{9999E9999:1}"),
    KITH_LIT("{null:null,null:null}"), KITH_LIT("{\"id\":0,,,,,}"), KITH_LIT("{'a':0}"),
    KITH_LIT("{\"id\":0,}"), KITH_LIT("{\"a\":\"b\",,\"c\":\"d\"}"), KITH_LIT("{a: \"b\"}"),
    KITH_LIT("{\"a\":\"a"), KITH_LIT("{ \"foo\" : \"bar\", \"a\" }"), KITH_LIT("{\"a\":1"),
    KITH_LIT("{"), KITH_LIT("}"), KITH_LIT("{,}"), KITH_LIT("{\"a\":1,"),
    KITH_LIT("{\"a\":/*comment*/\"b\"}"), KITH_LIT("{\"a\":}"), KITH_LIT("{\"a\":1 \"b\":2}"),
    /* strings */
    KITH_LIT("[\"\\uD800\\\"]"), KITH_LIT("[\"\\uD800\\u\"]"), KITH_LIT("[\"\\uD800\\u1\"]"),
    KITH_LIT("[\"\\uD800\\u1x\"]"), KITH_LIT("[\xc3\xa9]"), KITH_LIT("[\"\\\0\"]"),
    KITH_LIT("[\"\\x00\"]"), KITH_LIT("[\"\\\\\\\"]"), KITH_LIT("[\"\\\t\"]"),
    KITH_LIT("[\"\\\xf0\x9f\x8c\x80\"]"), KITH_LIT("[\"\\\"]"), KITH_LIT("[\"\\u00A\"]"),
    KITH_LIT("[\"\\uD834\\uDd\"]"), KITH_LIT("[\"\\uD800\\uD800\\x\"]"), KITH_LIT("[\"\\u\xe5\"]"),
    KITH_LIT("[\"\\a\"]"), KITH_LIT("[\"\\uqqqq\"]"), KITH_LIT("[\"\\\xe5\"]"),
    KITH_LIT("[\\u0020\"asd\"]"), KITH_LIT("[\\n]"), KITH_LIT("\""), KITH_LIT("['single quote']"),
    KITH_LIT("abc"), KITH_LIT("[\"\\"), KITH_LIT("[\"a\0a\"]"), KITH_LIT("[\"new\nline\"]"),
    KITH_LIT("[\"\t\"]"), KITH_LIT("\"\\UA66D\""), KITH_LIT("[\"\x1f\"]"),
    KITH_LIT("[\"0123456\x01\"]"), KITH_LIT("[\"\\u12\"]"), KITH_LIT("\"\\u"),
    KITH_LIT("\"abcdefghijklmnop"), KITH_LIT("[\"\\U0041\"]"), KITH_LIT("[\"\\u004G\"]"),
    KITH_LIT("[\"\\u004/\"]"),
    /* left open: half a surrogate pair is no character, no byte order mark, no other encoding */
    KITH_LIT("[\"\\uDADA\"]"), KITH_LIT("[\"\\uD888\\u1234\"]"), KITH_LIT("[\"\\uD800\\n\"]"),
    KITH_LIT("[\"\\uDd1ea\"]"), KITH_LIT("[\"\\uD800\\uD800\\n\"]"), KITH_LIT("[\"\\ud800\"]"),
    KITH_LIT("[\"\\ud800abc\"]"), KITH_LIT("[\"\\uDd1e\\uD834\"]"), KITH_LIT("[\"\\uDFAA\"]"),
    KITH_LIT("[\"\\ud83d\\u\"]"), KITH_LIT("\"\\ud83d\\ude3"), KITH_LIT("\"\\ud83d/ude39\""),
    KITH_LIT("\"\\ud83d\\Ude39\""), KITH_LIT("\xef\xbb\xbf{}"), KITH_LIT("\xef\xbb\xbf"),
    KITH_LIT("\xff\xfe[\0\"\0\xe9\0\"\0]\0"), KITH_LIT("\0[\0\"\0\xe9\0\"\0]"),
    /* not UTF-8 */
    KITH_LIT("[\"\xe5\"]"), KITH_LIT("[\"\xff\"]"), KITH_LIT("[\"\x81\"]"),
    KITH_LIT("[\"\xc0\xaf\"]"), KITH_LIT("[\"\xed\xa0\x80\"]"), KITH_LIT("[\"\xf4\xbf\xbf\xbf\"]"),
    KITH_LIT("[\"\xfc\x83\xbf\xbf\xbf\xbf\"]"), KITH_LIT("[\"\xe0\xff\"]"),
    KITH_LIT("[\"\xe6\x97\xa5\xd1\x88\xfa\"]"), KITH_LIT("[\"\xf0\x9f\x98\"]"), KITH_LIT("\xe5"),
    KITH_LIT("\"\\u0061\x80\""),
    /* white space that is none here */
    KITH_LIT("[\f]"), KITH_LIT("[\v]"), KITH_LIT("[\xe2\x81\xa0]"), KITH_LIT("\xc2\xa0[]"),
    KITH_LIT("[]\xe2\x80\xa8"), KITH_LIT("<null>"), KITH_LIT("<.>"), KITH_LIT("/**/[]"),
    KITH_LIT("[1]//"), KITH_LIT("#[]")};
