package org.sbertspark.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import org.junit.jupiter.api.Test;

class TextCanonicalizerTest {

  @Test
  void stripsExactlyThePythonWhiteSpace() {
    // [hex(c) for c in range(0x110000) if chr(c).isspace()] in Python
    String spaces =
        "\t\n\u000B\f\r\u001C\u001D\u001E\u001F \u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004"
            + "\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000";
    StringBuilder found = new StringBuilder();
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      if (TextCanonicalizer.canonical((char) c + "x" + (char) c, false).equals("x")) {
        found.append((char) c);
      }
    }
    assertThat(found.toString()).isEqualTo(spaces);
  }

  @Test
  void keepsInnerSpaceAndInvisibleCharactersThatPythonKeeps() {
    assertThat(TextCanonicalizer.canonical(" a \u00A0 b\u200B\uFEFF ", false))
        .isEqualTo("a \u00A0 b\u200B\uFEFF");
    assertThat(TextCanonicalizer.canonical(" \u3000 ", false)).isEmpty();
    assertThat(TextCanonicalizer.canonical("", true)).isEmpty();
  }

  @Test
  void lowersAsPythonDoes() {
    assertThat(TextCanonicalizer.canonical("MiXeD ÅÉ İstanbul ẞ Ǆ ǅ", true))
        .isEqualTo("mixed åé i\u0307stanbul ß ǆ ǆ");
    assertThat(TextCanonicalizer.canonical("\uD801\uDC00", true)).isEqualTo("\uD801\uDC28");
    assertThat(TextCanonicalizer.canonical("ABC", false)).isEqualTo("ABC");
  }

  @Test
  void decidesTheFinalSigmaAsPythonDoes() {
    assertThat(TextCanonicalizer.canonical("ΟΔΥΣΣΕΥΣ", true)).isEqualTo("οδυσσευς");
    assertThat(TextCanonicalizer.canonical("Σ", true)).isEqualTo("σ");
    assertThat(TextCanonicalizer.canonical("ΑΣ.", true)).isEqualTo("ας.");
    assertThat(TextCanonicalizer.canonical("ΑΣ.Α", true)).isEqualTo("ασ.α");
    assertThat(TextCanonicalizer.canonical("Α\u0301Σ Α", true)).isEqualTo("α\u0301ς α");
    assertThat(TextCanonicalizer.canonical(".Σ", true)).isEqualTo(".σ");
    assertThat(TextCanonicalizer.canonical("1Σ", true)).isEqualTo("1σ");
  }

  @Test
  void leavesUnpairedSurrogatesAlone() {
    assertThat(TextCanonicalizer.canonical(" \uD800A\uDC00Σ\uD800 ", true))
        .isEqualTo("\uD800a\uDC00σ\uD800");
  }

  @Test
  void isIndependentOfTheLocale() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("tr"));
      assertThat(TextCanonicalizer.canonical("TITLE", true)).isEqualTo("title");
    } finally {
      Locale.setDefault(before);
    }
  }

  /** Whoever stores canonical texts may embed them again. */
  @Property
  void theCanonicalTextIsItsOwnCanonicalText(
      @ForAll @Chars({' ', '\t', '\u3000', 'a', 'Z', 'Σ', 'σ', 'İ', 'ẞ', '\u0301', '\'', '.'})
          String text,
      @ForAll boolean lowerCase) {
    String canonical = TextCanonicalizer.canonical(text, lowerCase);
    assertThat(TextCanonicalizer.canonical(canonical, lowerCase)).isEqualTo(canonical);
  }
}
