package org.sbertspark.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A SentencePiece model of the type Unigram: a protocol buffer, of which only the fields that a
 * tokenizer needs are read.
 *
 * @param pieces by their ids
 * @param unknownId the id of the piece for unknown characters
 * @param charsmap the compiled normalisation rules; empty if there are none
 * @see <a
 *     href="https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto">the
 *     format</a>
 */
record SentencePieceModel(List<Piece> pieces, int unknownId, ByteString charsmap) {

  /** A piece of text with its log probability. */
  record Piece(String text, double score, Type type) {}

  /** In the order of their numbers in the file, which start at 1. */
  enum Type {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE
  }

  SentencePieceModel {
    pieces = List.copyOf(pieces);
  }

  static SentencePieceModel read(Path file) {
    Parser parser = new Parser(file);
    try {
      parser.model(CodedInputStream.newInstance(SmallFile.bytes(file)));
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException("Cannot read " + file + ": cut off or not a SentencePiece model", e);
    } catch (IOException e) {
      throw new ModelException("Cannot read " + file + ": " + e.getMessage(), e);
    }
    return parser.result();
  }

  private static final class Parser {
    private static final int MESSAGE = WireFormat.WIRETYPE_LENGTH_DELIMITED;

    // Tags: the field's number and how it is written. All other fields are skipped.
    private static final int MODEL_PIECES = 1 << 3 | MESSAGE;
    private static final int MODEL_TRAINER = 2 << 3 | MESSAGE;
    private static final int MODEL_NORMALIZER = 3 << 3 | MESSAGE;
    private static final int PIECE_TEXT = 1 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    private static final int PIECE_SCORE = 2 << 3 | WireFormat.WIRETYPE_FIXED32;
    private static final int PIECE_TYPE = 3 << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int TRAINER_MODEL_TYPE = 3 << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int TRAINER_UNKNOWN_ID = 40 << 3 | WireFormat.WIRETYPE_VARINT;
    private static final int NORMALIZER_CHARSMAP = 2 << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    private static final int UNIGRAM = 1;

    private final Path file;
    private final List<Piece> pieces = new ArrayList<>();
    private int unknownId;
    private ByteString charsmap = ByteString.EMPTY;

    /** Reads the fields of a message until its end. */
    @FunctionalInterface
    private interface Message {
      void read(CodedInputStream in) throws IOException;
    }

    Parser(Path file) {
      this.file = file;
    }

    void model(CodedInputStream in) throws IOException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (tag) {
          case MODEL_PIECES -> message(in, this::piece);
          case MODEL_TRAINER -> message(in, this::trainer);
          case MODEL_NORMALIZER -> message(in, this::normalizer);
          default -> skip(in, tag);
        }
      }
    }

    @SuppressWarnings("EnumOrdinal") // the format's numbers are 1 to 6 in the order of Type
    private void piece(CodedInputStream in) throws IOException {
      String text = "";
      float score = 0;
      int type = 1;
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (tag) {
          case PIECE_TEXT -> text = in.readStringRequireUtf8();
          case PIECE_SCORE -> score = in.readFloat();
          case PIECE_TYPE -> type = in.readEnum();
          default -> skip(in, tag);
        }
      }
      if (text.isEmpty() || !Float.isFinite(score) || type < 1 || type > Type.values().length) {
        throw bad(
            "piece %d has no text, the score %s or the unknown type %d"
                .formatted(pieces.size(), score, type));
      }
      pieces.add(new Piece(text, score, Type.values()[type - 1]));
    }

    private void trainer(CodedInputStream in) throws IOException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (tag) {
          case TRAINER_MODEL_TYPE -> {
            int type = in.readEnum();
            if (type != UNIGRAM) {
              throw bad("its model_type is %d, expected %d (unigram)".formatted(type, UNIGRAM));
            }
          }
          case TRAINER_UNKNOWN_ID -> unknownId = in.readInt32();
          default -> skip(in, tag);
        }
      }
    }

    private void normalizer(CodedInputStream in) throws IOException {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        if (tag == NORMALIZER_CHARSMAP) {
          charsmap = in.readBytes();
        } else {
          skip(in, tag);
        }
      }
    }

    private static void message(CodedInputStream in, Message message) throws IOException {
      int outer = in.pushLimit(in.readRawVarint32());
      message.read(in);
      in.popLimit(outer);
    }

    private void skip(CodedInputStream in, int tag) throws IOException {
      if (!in.skipField(tag)) {
        throw bad("cut off or not a SentencePiece model");
      }
    }

    SentencePieceModel result() {
      if (unknownId < 0 || unknownId >= pieces.size()) {
        throw bad(
            "its unk_id is %d, expected the number of one of its %d pieces"
                .formatted(unknownId, pieces.size()));
      }
      return new SentencePieceModel(pieces, unknownId, charsmap);
    }

    private ModelException bad(String what) {
      return new ModelException("Cannot read " + file + ": " + what);
    }
  }
}
