"""How models refuse, in many languages: the beginnings of such answers, in lower case."""

from __future__ import annotations

import re

LONGEST = 400  # characters of an answer that refuses; a longer one is about something
SORRY = (
    r"(?:(?:i'm|i am) (?:so |very |really )?sorry|sorry|unfortunately|i apologi[sz]e|my apologies)"
    r"[,.!;]?(?: but)?(?: for (?:the|any) \w+[,.]?)?(?: but| however,?)? "
)
CANNOT = (
    r"i (?:can't|cannot|can not|(?:do not|don't) have the (?:ability|capability) to)"
    r"|(?:i'm|i am) (?:currently )?(?:unable|not able|not equipped) to"
)
DESOLE = r"(?:je suis )?(?:désolée?|navrée?)[,.]?(?: mais)? (?:je )?"
LO_SIENTO = r"(?:lo siento|lamento informarte|disculpa)[,.]?(?: pero)? "
PAUSE = "[,，.。、!！ ]*"
BAOQIAN = (
    rf"(?:我)?(?:很|非常|真的)?(?:抱歉|对不起|對不起|不好意思){PAUSE}(?:但是?)?(?:我)?"
    r"(?:目前|暂时)?"
)

# What a model alone says, of being one or of not being able to take in sound.
FIRM = re.compile(
    "|".join(
        (
            # English
            rf"(?:{SORRY})?(?:but )?as an? (?:\w+ ){{0,2}}(?:ai|language model|text-based \w+)"
            r"(?: language)?(?: model| assistant)?,? (?:i\b|and (?:i|can))",
            rf"(?:{SORRY})?(?:but )?(?:i'm|i am) (?:just |only )?an? (?:[\w-]+ ){{0,3}}"
            r"(?:language model|ai assistant|ai model|text-based (?:ai|model|assistant))\b",
            rf"(?:{SORRY})?(?:but )?(?:{CANNOT}) (?:\w+ ){{0,2}}"
            r"(?:process|transcribe|listen to|analy[sz]e|interpret|convert) (?:\w+ ){0,3}"
            r"(?:audio|recordings?|sound files?|voice|speech)\b",
            # German
            r"als (?:ein )?(?:ki|sprachmodell|ki-\w+|(?:ki-)?basiert\w+ \w+),? "
            r"(?:kann|bin|habe|ist es)\b",
            r"(?:es )?tut mir (?:sehr )?leid[,.]?(?: aber)? (?:ich )?(?:kann|bin)\b.{0,30}"
            r"(?:audio|aufnahme|tonaufnahme|sprachnachricht)\w*\b.{0,30}"
            r"(?:transkribieren|verarbeiten|anhören|analysieren)",
            # French, Spanish, Italian, Portuguese
            r"en tant qu(?:'ia|'intelligence artificielle|e modèle de langage"
            r"|'assistant (?:ia|virtuel))\b",
            rf"{DESOLE}(?:ne (?:peux|suis|sais)).{{0,30}}(?:transcrire|traiter|écouter)\b.{{0,30}}"
            r"(?:audio|enregistrement|vocal)",
            r"como (?:una? )?(?:ia|inteligencia artificial|modelo de (?:lenguaje|linguagem)"
            r"|inteligência artificial)\b",
            rf"{LO_SIENTO}no puedo (?:procesar|transcribir|escuchar|analizar)\b.{{0,30}}"
            r"(?:audio|grabaci|voz)",
            r"(?:in quanto|come) (?:ia|intelligenza artificiale|modello linguistico)\b",
            r"(?:mi dispiace|spiacente)[,.]?(?: ma)? non (?:posso|sono in grado di) "
            r"(?:elaborare|trascrivere|ascoltare).{0,30}(?:audio|registraz|vocal)",
            r"(?:desculpe|sinto muito|lamento)[,.]?(?: mas)? não (?:posso|consigo) "
            r"(?:processar|transcrever|ouvir).{0,30}(?:áudio|grava|voz)",
            # Russian
            r"(?:извините|к сожалению|простите)[,.]?(?: но)?(?: я)? не (?:могу|умею) "
            r"(?:обраб|расшифр|прослуш|транскриб)\w+.{0,30}(?:аудио|запис|голос)",
            r"(?:как|я[ —-]+) ?(?:языковая модель|искусственный интеллект)\b",
            # Chinese, Japanese, Korean, Thai
            rf"(?:{BAOQIAN})?作为(?:一个|一名|一款)?(?:ai|人工智能|大型?语言模型|语言模型)"
            rf"(?:语言模型|助手|模型)?{PAUSE}我",
            rf"{BAOQIAN}(?:无法|無法|不能|没有办法|没办法|沒辦法)(?:直接)?"
            r"(?:处理|處理|转录|轉錄|转写|轉寫|收听|听取|识别|識別|分析|听|聽).{0,8}"
            r"(?:音频|音訊|语音|語音|录音|錄音)",
            r"(?:私は)?(?:ai|人工知能|大規模)?(?:の)?言語モデル(?:として|なので|ですので|です|である|のため)",
            r"(?:私は)?aiアシスタント(?:として|なので|ですので|のため)",
            r"(?:大変)?申し訳(?:ありません|ございません|ないです)(?:が)?.{0,8}"
            r"(?:音声|録音|オーディオ).{0,20}(?:処理|文字起こし|聞|聴|再生|解析).{0,14}"
            r"(?:できません|できない|ません)",
            r"(?:죄송|미안)\w*[,.]? ?.{0,15}(?:오디오|음성|녹음).{0,15}"
            r"(?:처리|전사|변환|들을).{0,12}없습니다",
            r"(?:저는 |나는 )?(?:ai|인공지능|대규모)? ?언어 ?모델(?:로서|이기|이므로|입니다)",
            r"(?:ขออภัย|ขอโทษ|เสียใจ).{0,20}ไม่สามารถ.{0,12}(?:ประมวลผล|ถอดเสียง|ถอดความ|ฟัง|แปลง)"
            r".{0,20}(?:เสียง|ออดิโอ|บันทึก)",
            r"ในฐานะ(?:ที่เป็น|ที่ฉันเป็น)? ?(?:ai|เอไอ|ปัญญาประดิษฐ์|โมเดลภาษา|แบบจำลองภาษา)",
        )
    )
)
# What people say to each other as well: only where it can't have taken as long as they spoke.
VAGUE = re.compile(
    "|".join(
        (
            rf"(?:{SORRY})?(?:but )?(?:{CANNOT}) (?:\w+ )?(?:help|assist|comply|fulfil+|continue)\b"
            r"(?: you)?(?: with)? ?(?:that|this|your)?(?: request)?(?:[.!]|$)",
            rf"(?:{SORRY})?(?:but )?(?:{CANNOT}) (?:\w+ ){{0,2}}"
            r"(?:hear|access|open|play|listen to|process)"
            r" (?:\w+ ){0,3}(?:audio|recording|sound|file|voice)s?\b",
            rf"(?:{SORRY})?(?:please |could you (?:please )?)(?:provide|upload|share|attach) "
            r"(?:me with )?(?:the|an|your) (?:audio|recording|sound)\b.{0,60}\btranscri",
            rf"(?:{SORRY})?(?:but )?(?:there is|there's|i see|it (?:seems|looks like|appears) "
            r"(?:that )?there(?:'s| is)) no (?:\w+ )?(?:audio|recording|speech)\b",
            r"(?:es )?tut mir leid[,.]?(?: aber)? (?:(?:ich kann|da(?:bei|mit) kann ich) ?.{0,30})"
            r"(?:nicht|leider nicht) .{0,12}(?:helfen|erfüllen|beantworten)",
            rf"{DESOLE}ne peux pas (?:vous |t')?(?:aider|répondre|traiter)\b",
            rf"{LO_SIENTO}no puedo (?:ayudar|cumplir|atender|responder)",
            r"(?:mi dispiace|desculpe|sinto muito)[,.]?(?: ma| mas)? n(?:on|ão) (?:posso|consigo) "
            r"(?:aiutar|ajud)",
            r"(?:извините|к сожалению|простите)[,.]?(?: но)?(?: я)? не могу .{0,12}помочь",
            rf"{BAOQIAN}(?:无法|無法|不能)(?:为您|为你|给您|对您)?(?:协助|協助|帮助|幫助|提供|满足|完成|回答)",
            r"(?:大変)?申し訳(?:ありません|ございません)が?.{0,4}(?:その|この|ご).{0,16}"
            r"(?:お応え|対応|お手伝い|回答).{0,8}ません",
            r"(?:죄송|미안)\w*[,.]? ?.{0,15}(?:도와|도움|요청).{0,15}없습니다",
            r"(?:ขออภัย|ขอโทษ|เสียใจ).{0,20}ไม่สามารถ.{0,6}(?:ช่วย|ตอบ|ดำเนินการ)",
        )
    )
)
