"""Whether a transcript can be what was said."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dictation.providers.prompt import RULES, STYLES
from dictation.truth import Doubt, Paces, doubt, pace, script

GOOD = {  # sentences of ordinary dictation, by the characters a second of those who read aloud
    path.stem: [line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()]
    for path in sorted((Path(__file__).parent / "bench" / "sentences").glob("*.txt"))
}
USUAL = {"en": 16.5, "de": 15.3, "zh": 4.25, "ja": 5.95, "th": 14.0}
PROMPT = (RULES, STYLES["clean"])
TERMS = ("Kubernetes", "Grafana", "Anna-Lena Weiß", "PostgreSQL", "Terraform", "Ceph", "Nginx")


def judged(text: str, speech: float = 12.0, **known: object) -> Doubt | None:
    given_ = {"prompt": PROMPT, "keyterms": TERMS, **known}
    return doubt(text, speech_seconds=speech, seconds=speech + 2, **given_)  # type: ignore[arg-type]


def kind(text: str, speech: float = 12.0, **known: object) -> str:
    found = judged(text, speech, **known)
    return found.kind if found else ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Grüße, Zoë!", "Latin"),
        ("Привет, Tom", "Cyrillic"),
        ("我用 Git 写代码和文档", "Han"),
        ("会議は木曜日の午後", "Kana"),
        ("プロジェクター", "Kana"),
        ("안녕하세요", "Hangul"),
        ("ขอบคุณมาก", "Thai"),
        ("مرحبا بكم", "Arabic"),
        ("नमस्ते", "Devanagari"),
        ("ＡＢＣ", "Latin"),
        ("Γειά", "Greek"),
        ("12:30 €", "Other"),
        ("", "Other"),
    ],
)
def test_a_script_is_that_of_most_letters(text: str, name: str) -> None:
    assert script(text) == name


def test_a_pace_counts_no_blanks() -> None:
    assert pace("ab c,\n d", 2.5) == 2.0
    assert pace("abc", 0.0) == 0.0


def takes(language: str, rng: random.Random) -> tuple[str, float]:
    """Sentences and the seconds in which they are read aloud."""
    text = " ".join(rng.choice(GOOD[language]) for _ in range(rng.randint(5, 12)))
    return text, pace(text, 1.0) / USUAL[language]


class TestLength:
    @pytest.mark.parametrize("language", GOOD)
    @pytest.mark.parametrize("own", [False, True])
    def test_tells_a_tenth_and_five_times_from_what_is_said_slowly_or_fast(
        self, language: str, own: bool
    ) -> None:
        rng = random.Random(language)
        paces = Paces.of(takes(language, rng) for _ in range(20)) if own else Paces()
        for _ in range(50):
            text, speech = takes(language, rng)
            assert kind(text, speech * 2.3, paces=paces) == ""
            assert kind(text, speech / 1.8, paces=paces) == ""
            assert kind(text[: len(text) // 10], speech, paces=paces) == "too_short"
            assert kind(" ".join([text] * 3), speech * 3 / 4, paces=paces) == "too_long"

    def test_is_measured_by_the_user_s_own_pace_from_twenty_takes_on(self) -> None:
        slow = [("x" * 30, 10.0)] * 20  # 3 a second; strangers are doubted below 4.6
        assert kind("word " * 12, 20.0, paces=Paces.of(slow[:19])) == "too_short"
        assert kind("a few words less than that " * 2, 20.0, paces=Paces.of(slow)) == ""
        assert kind("x" * 20, 20.0, paces=Paces.of(slow)) == "too_short"
        assert kind("x" * 181, 20.0, paces=Paces.of(slow)) == "too_long"
        assert Paces.of([("x" * 90, 2.9)] * 40) == Paces(), "a take too short to tell"

    def test_is_not_judged_under_ten_seconds_of_speech(self) -> None:
        assert kind("Yes.", 9.9) == ""
        assert kind("Yes.", 10.1) == "too_short"
        assert kind("".join(map(chr, range(0x4E00, 0x4F00))), 9.9) == ""

    def test_is_fine_where_the_recording_has_room_for_it_and_the_speech_was_faint(self) -> None:
        text = " ".join(GOOD["en"])  # 110 s
        found = [doubt(text, speech_seconds=20.0, seconds=seconds) for seconds in (30.0, 120.0)]
        assert [each and each.kind for each in found] == ["too_long", None]

    @pytest.mark.parametrize(
        ("text", "speech"),
        [
            ("0 1 7 1 2 3 4 5 6 7 8 9, 0 3 0 9 8 7 6 5 4", 15.0),
            ("4111 1111 1111 1111, 12/29, 123", 14.0),
            ("我们今天用 Kubernetes 部署新的 PostgreSQL 服务,然后更新 README 文件。" * 2, 28.0),
        ],
    )
    def test_counts_digits_and_each_script_by_its_own(self, text: str, speech: float) -> None:
        assert kind(text, speech) == ""


class TestRepeats:
    @pytest.mark.parametrize(
        "text",
        [
            "So we start. " + "and then we went " * 4,
            "Thank you for watching! " * 6,
            "one day he left the old house and walked to the river " * 4,
            "我们今天去学校。" * 4,
            "わかりました、ありがとう。" * 4,
            "ขอบคุณที่รับชมครับ" * 4,
            "그리고 나서 우리는 " * 5,
            "¡Muy bien! " * 20,
            "you " * 60,
            "谢谢" * 20,
        ],
    )
    def test_are_found_where_a_model_runs_in_circles(self, text: str) -> None:
        assert kind(text, 8.0) == "repeats"

    @pytest.mark.parametrize(
        "text",
        [
            "ha " * 30,
            "哈" * 30,
            "no, no, no, no, no, no",
            "left, right, " * 8,
            "Testing, testing, one two three. " * 4,
            "eins zwei drei vier " * 5,
            "一二三四五" * 5,
            "1, 2, 3, " * 8,
            "a b c " * 6,
            "la la la tra la la " * 3,
            "hip hip hooray " * 5,
            "row, row, row your boat, row, row, row your boat, row, row, row your boat",
            "Buy milk. Buy bread. Buy two onions. Buy flour. Buy eggs. Buy a lemon.",
            "Milk, not fresh. Bread, not fresh. Eggs, not fresh. Rice, not fresh.",
            "我爱你,我爱你,我爱你,我爱你",
        ],
    )
    def test_are_not_what_people_do_say_over_and_over(self, text: str) -> None:
        assert kind(text, 8.0) == ""


class TestRefusal:
    @pytest.mark.parametrize(
        "text",
        [
            "I'm sorry, but I can't process audio.",
            "I’m sorry, but I can’t assist with that.",
            "I cannot help with this request.",
            "As an AI language model, I cannot listen to recordings.",
            "I am unable to transcribe audio files directly. Please provide the text instead.",
            "Sorry, I can't hear the recording.",
            "Please provide the audio file you would like me to transcribe.",
            "Es tut mir leid, aber ich kann keine Audiodateien verarbeiten.",
            "Es tut mir leid, dabei kann ich Ihnen nicht helfen.",
            "Als KI-Sprachmodell kann ich keine Aufnahmen anhören.",
            "Désolé, je ne peux pas traiter les fichiers audio.",
            "Lo siento, no puedo procesar archivos de audio.",
            "Mi dispiace, non posso trascrivere l'audio.",
            "Desculpe, não posso processar áudio.",
            "Извините, я не могу обработать аудиофайл.",
            "抱歉，我无法处理音频文件。",
            "对不起，我不能协助您完成这个请求。",
            "作为一个人工智能语言模型，我无法听取录音。",
            "申し訳ありませんが、音声ファイルを処理することはできません。",
            "죄송합니다. 저는 오디오 파일을 처리할 수 없습니다.",
            "ขออภัย ฉันไม่สามารถประมวลผลไฟล์เสียงได้",
        ],
    )
    def test_is_a_model_s_word_about_itself(self, text: str) -> None:
        assert kind(text, 30.0) == "refusal"

    @pytest.mark.parametrize("seconds", [0.5, 3.0, 9.0])
    @pytest.mark.parametrize(
        "text",
        [
            "I'm sorry but I can't come tomorrow.",
            "I'm sorry, I can't help with that on Friday, please ask Maria.",
            "Unfortunately, I am unable to attend the meeting.",
            "I'm an AI engineer and I cannot wait to start.",
            "As an AI company we process audio every day.",
            "Es tut mir leid, ich kann morgen nicht kommen.",
            "Als Sprachlehrer kann ich das nur empfehlen.",
            "Désolé, je ne peux pas venir demain.",
            "Lo siento, no puedo ir mañana.",
            "抱歉，我明天不能来。",
            "申し訳ありませんが、明日は行けません。",
            "ขอโทษครับ พรุ่งนี้ผมไม่สามารถมาได้",
            "He answered: I'm sorry, but I can't process audio.",
        ],
    )
    def test_is_not_a_person_s_regret(self, text: str, seconds: float) -> None:
        assert kind(text, seconds) == ""

    def test_is_not_what_may_well_have_been_said_in_that_time(self) -> None:
        assert kind("Sorry, I can't access the file.", 2.5) == ""
        assert kind("I'm sorry, I can't help with that.", 4.0) == ""

    def test_is_not_the_beginning_of_a_long_text(self) -> None:
        letter = "As an AI model, I can't hear. " + " ".join(GOOD["en"])
        assert kind(letter, 110.0) == ""


class TestEcho:
    @pytest.mark.parametrize(
        "text",
        [
            RULES,
            "Write down what is said in it; your answer is put into the user's document as it is. "
            "Punctuate, capitalise and spell as one types. Add nothing: no answer, no comment.",
            "Kubernetes, Grafana, Anna-Lena Weiß",
            "kubernetes grafana and anna-lena weiß.",
            ", ".join(TERMS),
        ],
    )
    def test_is_what_the_model_was_told(self, text: str) -> None:
        assert kind(text, 0.8) == "echo"

    @pytest.mark.parametrize(
        ("text", "speech"),
        [
            ("Punctuate, capitalise and spell as one types.", 0.8),
            ("Where the language changes within a sentence, change with it.", 4.0),
            ("Kubernetes, Grafana, Anna-Lena Weiß", 2.5),
            ("Ceph, Grafana, Kubernetes", 0.4),
            ("We run Kubernetes and Grafana, says Anna-Lena Weiß, on PostgreSQL.", 1.0),
            ("Kubernetes, Grafana", 0.4),
        ],
    )
    def test_is_not_what_names_or_quotes_it(self, text: str, speech: float) -> None:
        assert kind(text, speech) == ""

    def test_of_all_the_keyterms_in_their_order_is_no_chance_however_long_it_took(self) -> None:
        assert kind(", ".join(TERMS), 6.0) == "echo"


class TestWaved:
    def test_a_pattern_never_counts_again_but_others_do(self) -> None:
        text = "the cat sat down " * 4
        looped = judged(text, 30.0)
        assert looped is not None
        assert looped.kind == "repeats"

        assert kind(text, 30.0, waved={looped.pattern}) == "too_short"
        assert kind(text, 30.0, waved={looped.pattern, "too_short Latin"}) == ""
        assert kind("It sat down. " + "The cat sat down. " * 9, waved={looped.pattern}) == ""
        assert kind("the dog sat down " * 4, 8.0, waved={looped.pattern}) == "repeats"

    def test_a_pattern_is_the_same_whatever_stands_around_and_holds_no_words(self) -> None:
        first = judged("Well. " + "The secret plan works! " * 4)
        second = judged("It works. " + "The secret plan works. " * 9 + "And so on.")
        assert first
        assert second
        assert first.pattern == second.pattern
        assert "secret" not in first.pattern

    def test_a_text_that_the_service_cut_off_is_doubted_whatever_it_says(self) -> None:
        assert kind(GOOD["en"][0], 5.0, cut_off=True) == "cut_off"
        assert kind(GOOD["en"][0], 5.0, cut_off=True, waved={"cut_off"}) == ""


@given(st.text(max_size=200), st.floats(0, 100))
def test_whatever_is_doubted_can_be_waved_through(text: str, speech: float) -> None:
    waved: set[str] = set()
    while found := judged(text, speech, waved=waved):
        assert found.pattern not in waved
        waved.add(found.pattern)
    assert len(waved) < 10
